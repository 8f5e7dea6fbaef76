import { messageOf } from '../../errors.js'
import { waitUntil } from '../../local-kafka/wait-until.js'
import { select } from '../benchmark.js'
import type { Contestant, Job, Running } from '../contestants/contestant.js'
import { GROUP_SETTINGS, mirrorMakers } from '../contestants/mirror-maker.js'
import { ours } from '../contestants/ours.js'
import { removeNewTopics } from '../far-link/far-link.js'
import type { Side } from '../stage.js'
import { areEqual, fillTopic, type GroupStage, newFolder, untilCopied } from './group-stage.js'

/** When a group came to the middle of the topic: before anything was copied, or when all was. */
export type Moment = 'before the copy' | 'after the copy'

/** Where a group stands on the target, by what it would read there and what it would read on the source. */
export interface Standing {
  moved: Moment
  /** Committed on the target; null for nothing, so that it would begin at the first record (`earliest`). */
  targetOffset: number | null
  /** Records that it has consumed on the source and would read on the target again. */
  readAgain: number
  /** Records that it has consumed nowhere and would not read on the target. */
  skipped: number
}

export interface ReadAgainRun {
  contestant: string
  settings: string
  records: number
  standings: Standing[]
  problems: string[]
}

/** Ten times what either contestant waits between two rounds: what does not move any more is settled. */
const SETTLED_MS = 10_000
const SETTLE_TIMEOUT_MS = 120_000
const LOOK_INTERVAL_MS = 1_000
const MOMENTS: readonly Moment[] = ['before the copy', 'after the copy']

/**
 * Groups stand in the middle of a topic; the topic and the groups are brought to the target. How much would they read
 * again there? Answered by Kafka's own client, which reads both logs from where the group has committed.
 */
export async function measureReadAgain(
  stage: GroupStage,
  { records, only }: { records: readonly number[]; only: readonly string[] },
): Promise<ReadAgainRun[]> {
  const all = [ours(stage.target.offsets), mirrorMakers(stage.target.offsets)[0]!]
  const contestants = select(all, only)
  const runs: ReadAgainRun[] = []
  for (const count of records) {
    const topic = `half-way-${count}`
    stage.say(`writing ${count} records`)
    await fillTopic(stage, topic, count)
    for (const contestant of contestants) {
      stage.say(`${contestant.name}, groups at half of ${count} records`)
      runs.push(await runOne(contestant, stage, { topic, records: count }))
    }
  }
  return runs
}

async function runOne(
  contestant: Contestant,
  stage: GroupStage,
  { topic, records }: { topic: string; records: number },
): Promise<ReadAgainRun> {
  const { source, target, say } = stage
  const topicsBefore = await Promise.all([source, target].map(side => side.offsets.topics()))
  const job = await makeJob(contestant, stage, topic, records)
  const problems: string[] = []
  let standings: Standing[] = []
  let running: Running | undefined
  try {
    await moveGroup(source, job, 'before the copy', records / 2)
    // Known from the beginning: when a contestant looks for groups is not what is measured.
    await moveGroup(source, job, 'after the copy', 0)
    running = await contestant.start(job)
    await untilCopied(stage, running, [topic], records)
    await moveGroup(source, job, 'after the copy', records / 2)
    say('  copied; waiting until its groups do not move any more')
    await untilSettled(stage, job)
    standings = await Promise.all(MOMENTS.map(moved => judge(stage, job, moved)))
    if (!(await areEqual(stage, topic))) problems.push('the target does not hold the same records at the same offsets')
  } catch (error) {
    problems.push(messageOf(error))
  } finally {
    await running?.stop()
    await removeNewTopics(source, topicsBefore[0] ?? [])
    await removeNewTopics(target, topicsBefore[1] ?? [])
  }
  const name = contestant.name
  const settings = name.startsWith('mm2') ? `${contestant.settings}; ${GROUP_SETTINGS}` : contestant.settings
  return { contestant: name, settings, records, standings, problems }
}

async function makeJob(contestant: Contestant, stage: GroupStage, topic: string, records: number): Promise<Job> {
  const id = `${topic}-${contestant.name}`
  return {
    ...{ id, codec: 'none', source: stage.source.address, target: stage.target.address },
    backlog: { topic, partitions: 1, records, recordBytes: 100, wireBytes: 0 },
    liveTopic: `${id}-live`,
    groups: [`${id}-.*`],
    folder: await newFolder(stage, id),
  }
}

function groupOf({ id }: Job, moved: Moment): string {
  return `${id}-${moved.replaceAll(' ', '-')}`
}

function moveGroup({ client }: Side, job: Job, moved: Moment, to: number): Promise<void> {
  return client.commitOffset(groupOf(job, moved), job.backlog.topic, 0, Math.floor(to))
}

async function offsetOn({ client }: Side, job: Job, moved: Moment): Promise<number | null> {
  const offsets = await client.groupOffsets(groupOf(job, moved))
  const offset = offsets.find(({ topic }) => topic === job.backlog.topic)?.offset
  return offset === undefined ? null : Number(offset)
}

/** @throws Error when the groups on the target still move after two minutes. */
async function untilSettled({ target, clock }: GroupStage, job: Job): Promise<void> {
  let last = ''
  let since = clock.monotonic()
  const isSettled = async () => {
    const now = (await Promise.all(MOMENTS.map(moved => offsetOn(target, job, moved)))).join()
    if (now !== last) since = clock.monotonic()
    last = now
    return clock.monotonic() - since >= SETTLED_MS ? true : undefined
  }
  const options = { timeoutMs: SETTLE_TIMEOUT_MS, intervalMs: LOOK_INTERVAL_MS, clock }
  if (!(await waitUntil(isSettled, options))) throw new Error(`its groups still move: ${last}`)
}

/** Counts what is left to read on either side: the same records lie in both logs, which is proven beside it. */
async function judge({ source, target }: GroupStage, job: Job, moved: Moment): Promise<Standing> {
  const { topic } = job.backlog
  const targetOffset = await offsetOn(target, job, moved)
  const left = await recordsFrom(source, topic, (await offsetOn(source, job, moved)) ?? 0)
  const leftOnTarget = await recordsFrom(target, topic, targetOffset ?? 0)
  return {
    ...{ moved, targetOffset },
    ...{ readAgain: Math.max(0, leftOnTarget - left), skipped: Math.max(0, left - leftOnTarget) },
  }
}

async function recordsFrom({ client }: Side, topic: string, offset: number): Promise<number> {
  const digests = await client.digest(topic, { from: { 0: BigInt(offset) } })
  return digests.reduce((sum, { records }) => sum + records, 0)
}
