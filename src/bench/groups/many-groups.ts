import type { ConsumerGroups } from '../../clusters/consumer-groups.js'
import type { ContestantProcess } from '../contestants/contestant-process.js'
import { startOurs } from '../contestants/ours.js'
import { cpuPercent } from '../measure/cpu-percent.js'
import { cpuSeconds, peakMegabytes, residentMegabytes } from '../measure/process-usage.js'
import { areEqual, fillTopic, type GroupStage, loadOfLastMinute, newFolder, withGroups } from './group-stage.js'

export interface ManyGroupsResult {
  groups: number
  /** Each group has committed an offset of each of them. */
  topics: number
  /** From the start of our process until every offset of every group is right on the target. */
  startSeconds: number
  /** What our process used for that; null where the platform does not tell. */
  startCpuSeconds: number | null
  /** Of one core, while nothing happens. */
  idleCpuPercent: { ours: number | null; source: number | null; target: number | null }
  residentMegabytes: number | null
  peakMegabytes: number | null
  loadBefore: number
}

export interface ManyGroupsOptions {
  groups?: number
  topics?: number
  idleSeconds?: number
  cpuProfileFolder?: string | undefined
}

const PREFIX = 'many-group-'
const RECORDS_PER_TOPIC = 1_000
const CONSUMED = RECORDS_PER_TOPIC / 2
/** To look at 1,000 groups is ten requests: rarely enough to leave the machine to what is measured. */
const LOOK_EVERY_MS = 250
const START_TIMEOUT_MS = 300_000
/** What the start has left to be done (notes, garbage) is over by then. */
const SETTLE_MS = 15_000

/** Many groups at once, and what they cost when they are quiet. @throws Error when not all of them arrive. */
export async function measureManyGroups(stage: GroupStage, options: ManyGroupsOptions): Promise<ManyGroupsResult> {
  const { groups = 1_000, topics = 10, idleSeconds = 60, cpuProfileFolder } = options
  const { source, target, clock, say } = stage
  const names = Array.from({ length: topics }, (_, n) => `many-${n}`)
  say(`writing ${topics} topics, and offsets of ${groups} groups`)
  for (const topic of names) await fillTopic(stage, topic, RECORDS_PER_TOPIC)
  const offsets = names.map(topic => ({ topic, partition: 0, offset: CONSUMED }))
  await source.client.commitManyGroups({ prefix: PREFIX, count: groups, offsets })
  const folder = await newFolder(stage, 'many-groups')
  const clusters = { source: source.address, target: target.address }
  const job = { id: 'many-groups', codec: 'none', ...clusters, folder, topics: ['many-.*'] } as const
  const loadBefore = loadOfLastMinute()
  say('starting ours')
  const startedAt = clock.monotonic()
  const ours = await startOurs({ ...job, groups: [`${PREFIX}.*`] }, { cpuProfileFolder })
  try {
    await untilAllAreThere(stage, ours, groups, topics)
    const startSeconds = (clock.monotonic() - startedAt) / 1000
    const startCpuSeconds = cpuSeconds(ours.pid) ?? null
    for (const topic of names) if (!(await areEqual(stage, topic))) throw new Error(`${topic} differs on the target`)
    say(`all there after ${startSeconds.toFixed(1)} s; now nothing happens for ${idleSeconds} s`)
    await clock.sleep(Math.min(SETTLE_MS, idleSeconds * 1000))
    const pids = { ours: ours.pid, source: source.address.pid, target: target.address.pid }
    return {
      ...{ groups, topics, startSeconds, startCpuSeconds },
      idleCpuPercent: await cpuPercent(pids, idleSeconds, clock),
      residentMegabytes: residentMegabytes(ours.pid) ?? null,
      peakMegabytes: peakMegabytes(ours.pid) ?? null,
      loadBefore,
    }
  } finally {
    await ours.stop()
  }
}

async function untilAllAreThere(
  { target, clock }: GroupStage,
  ours: ContestantProcess,
  groups: number,
  topics: number,
): Promise<void> {
  const names = Array.from({ length: groups }, (_, n) => `${PREFIX}${n}`)
  const deadline = clock.monotonic() + START_TIMEOUT_MS
  await withGroups({ address: target.address, clock }, async onTarget => {
    for (;;) {
      const there = await countRight(onTarget, names)
      if (there === groups * topics) return
      const reason = await ours.endedBecause()
      if (reason !== undefined) throw new Error(reason)
      if (clock.monotonic() > deadline) throw new Error(`${there} of ${groups * topics} offsets are on the target`)
      await clock.sleep(LOOK_EVERY_MS)
    }
  })
}

/** The logs have no holes and are equal, which is proven beside it: so what is right is the same number. */
async function countRight(groups: ConsumerGroups, names: readonly string[]): Promise<number> {
  let count = 0
  for (const answer of (await groups.committed(names)).values()) {
    if (answer instanceof Error) throw answer
    count += answer.filter(({ offset }) => offset === CONSUMED).length
  }
  return count
}
