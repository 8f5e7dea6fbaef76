import type { ConsumerGroups } from '../../clusters/consumer-groups.js'
import { startOurs } from '../contestants/ours.js'
import { fillTopic, type GroupStage, loadOfLastMinute, newFolder, untilCopied, withGroups } from './group-stage.js'

export interface FreshnessResult {
  commits: number
  /** From the source's answer to a commit until a look at the target has found it, or a later one, there. */
  p50Ms: number
  p99Ms: number
  maxMs: number
  /** Between two looks at the target, usually and at most: a figure above may be too high by that. */
  lookEveryMs: { p50: number; max: number }
  loadBefore: number
}

interface Seen {
  offset: number
  atMs: number
}

const TOPIC = 'fresh'
const GROUP = 'fresh-group'
/** About ten a second; the odd number goes through all phases of whatever happens every half second. */
const COMMIT_EVERY_MS = 97
const LOOK_EVERY_MS = 5
/** Ours has started, and nothing happens any more. */
const IDLE_BEFORE_MS = 5_000
/** Far more than any commit takes; one that never comes must not keep us. */
const LAST_TIMEOUT_MS = 60_000

/** A group commits on the source, again and again, while nothing is copied. @throws Error when a commit does not arrive. */
export async function measureFreshness(
  stage: GroupStage,
  { commits = 300 }: { commits?: number },
): Promise<FreshnessResult> {
  const { source, target, clock, say } = stage
  const records = commits + 1
  await fillTopic(stage, TOPIC, records)
  const folder = await newFolder(stage, TOPIC)
  const clusters = { source: source.address, target: target.address }
  const process = await startOurs({ id: TOPIC, codec: 'none', ...clusters, folder, topics: [TOPIC], groups: [GROUP] })
  try {
    await untilCopied(stage, process, [TOPIC], records)
    const loadBefore = loadOfLastMinute()
    say(`a group commits ${commits} times on the source`)
    return await withGroups({ address: source.address, clock }, onSource =>
      withGroups({ address: target.address, clock }, async onTarget => {
        await commit(onSource, 0)
        await watch(stage, onTarget, 0)
        await clock.sleep(IDLE_BEFORE_MS)
        const [committed, looks] = await Promise.all([
          commitAll(stage, onSource, commits),
          watch(stage, onTarget, commits),
        ])
        return { commits, ...judge(committed, looks), loadBefore }
      }),
    )
  } finally {
    await process.stop()
  }
}

/** Offsets 1, 2, 3 …, each with the moment of its answer. */
async function commitAll({ clock }: GroupStage, groups: ConsumerGroups, commits: number): Promise<Seen[]> {
  const committed: Seen[] = []
  for (let offset = 1; offset <= commits; offset++) {
    await commit(groups, offset)
    committed.push({ offset, atMs: clock.monotonic() })
    await clock.sleep(COMMIT_EVERY_MS)
  }
  return committed
}

/** Looks until the last one is there; only the first look at each offset is kept with its offset. */
async function watch({ clock }: GroupStage, groups: ConsumerGroups, last: number): Promise<Seen[]> {
  const deadline = clock.monotonic() + last * 2 * COMMIT_EVERY_MS + LAST_TIMEOUT_MS
  const looks: Seen[] = []
  for (;;) {
    const answer = (await groups.committed([GROUP])).get(GROUP)
    if (answer instanceof Error) throw answer
    const offset = answer?.[0]?.offset ?? -1
    looks.push({ offset, atMs: clock.monotonic() })
    if (offset >= last) return looks
    if (clock.monotonic() > deadline) throw new Error(`the group on the target stays at ${offset}`)
    await clock.sleep(LOOK_EVERY_MS)
  }
}

/** The delays of all commits, by the first look that found each of them. Both in the order of time. */
export function judge(
  committed: readonly Seen[],
  looks: readonly Seen[],
): Omit<FreshnessResult, 'commits' | 'loadBefore'> {
  let next = 0
  const delays = committed.map(({ offset, atMs }) => {
    while (looks[next] !== undefined && looks[next]!.offset < offset) next++
    const found = looks[next]
    if (found === undefined) throw new Error(`offset ${offset} was not seen on the target`)
    // Where the engine was faster than the answer to us, it took no time.
    return Math.max(0, found.atMs - atMs)
  })
  const pauses = looks.slice(1).map(({ atMs }, n) => atMs - looks[n]!.atMs)
  return {
    ...{ p50Ms: quantile(delays, 0.5), p99Ms: quantile(delays, 0.99), maxMs: quantile(delays, 1) },
    lookEveryMs: { p50: quantile(pauses, 0.5), max: quantile(pauses, 1) },
  }
}

/** The nearest rank: a value that was really measured. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

async function commit(groups: ConsumerGroups, offset: number): Promise<void> {
  const [result] = await groups.commit(GROUP, [{ topic: TOPIC, partition: 0, offset, metadata: '' }])
  if (result?.errorCode !== 0) throw new Error(`the source refuses a commit with error ${result?.errorCode}`)
}
