import type { GroupOffset } from '../../src/local-kafka/outside-client-types.js'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import type { Side, TwoClusters } from './two-clusters.js'

/**
 * Says where a group must stand on the target, by reading both logs with Kafka's own client. It knows nothing of maps:
 * a record is known by its value, which must be there only once.
 *
 *     source   a0 a1 a2 a3          the group has consumed what is before its offset, here a0 and a1
 *                    ^ committed
 *     target   a0 a1 (marker) a2 a3   expected: where the first record that it has not consumed lies
 *                             ^ expected; at the marker a consumer would read the same
 */

export interface TopicPair {
  source: string
  target: string
}

export interface JudgeRequest {
  group: string
  /** A name alone is a topic with the same name on both sides. */
  topics: readonly (string | TopicPair)[]
  /** Where the group has consumed: on `clusters.source`, or for `back` on `clusters.target`, which is then the source. */
  direction?: 'forward' | 'back'
  /**
   * Only records that the source's log holds count, consumed or not; default false. For targets with records of their
   * own that do not cross, and for sources that have lost records (compaction, retention) which the target still has.
   */
  onlyKnownToSource?: boolean
}

export interface PartitionJudgement {
  sourceTopic: string
  targetTopic: string
  partition: number
  /** Undefined: the group has committed nothing there. */
  sourceCommitted: bigint | undefined
  targetCommitted: bigint | undefined
  /** Undefined when the group has committed nothing on the source. */
  expected: bigint | undefined
  /** Whether a consumer that starts at the committed offset reads the same as from the expected one. */
  isExact: boolean
  /** Whether the two are the same number: they may differ by markers and holes. */
  isSameNumber: boolean
  /** Values before the target's committed offset that the group has not consumed on the source. */
  skipped: string[]
  /** Values at or after it that the group has consumed. */
  readAgain: string[]
}

/** A partition as the outside client sees it: committed records in order. */
interface Log {
  records: { value: string; offset: bigint }[]
  /** The last stable offset. */
  end: bigint
}

interface Committed {
  source: bigint | undefined
  target: bigint | undefined
}

/**
 * Judges every partition of the source's topics, in the order of topics and partitions.
 * @throws Error when a value is null or there twice on one side.
 */
export async function judgeGroup(clusters: TwoClusters, request: JudgeRequest): Promise<PartitionJudgement[]> {
  return (await judgeGroups(clusters, [request.group], request)).get(request.group) ?? []
}

/** The same for many groups, whose logs are read once. */
export async function judgeGroups(
  clusters: TwoClusters,
  groups: readonly string[],
  request: Omit<JudgeRequest, 'group'>,
): Promise<Map<string, PartitionJudgement[]>> {
  const [source, target] = sidesOf(clusters, request)
  // The target's offsets before the source's, and both before the logs: a system that runs on never seems to skip.
  const onTarget = await Promise.all(groups.map(group => target.client.groupOffsets(group)))
  const onSource = await Promise.all(groups.map(group => source.client.groupOffsets(group)))
  const judgements = new Map<string, PartitionJudgement[]>(groups.map(group => [group, []]))
  for (const topic of request.topics) {
    const pair = typeof topic === 'string' ? { source: topic, target: topic } : topic
    const [sourceLogs, targetLogs] = await Promise.all([logsOf(source, pair.source), logsOf(target, pair.target)])
    for (const [partition, sourceLog] of sourceLogs) {
      const targetLog = targetLogs.get(partition)
      if (!targetLog) throw new Error(`${pair.target} has no partition ${partition}`)
      for (const [n, group] of groups.entries()) {
        const committed = {
          source: offsetOf(onSource[n] ?? [], pair.source, partition),
          target: offsetOf(onTarget[n] ?? [], pair.target, partition),
        }
        judgements.get(group)?.push({
          sourceTopic: pair.source,
          targetTopic: pair.target,
          partition,
          ...judgePartition(sourceLog, targetLog, committed, request.onlyKnownToSource ?? false),
        })
      }
    }
  }
  return judgements
}

/** Every partition is where it must be, and there is one. */
export function isExact(judgements: readonly PartitionJudgement[]): boolean {
  return judgements.length > 0 && judgements.every(one => one.isExact)
}

/**
 * Judges again and again until it is as wanted, by default exact everywhere.
 * @throws Error with the last judgement when that is not so within `timeoutMs`, default 30 s.
 */
export async function untilGroupIs(
  clusters: TwoClusters,
  request: JudgeRequest,
  wanted: (judgements: PartitionJudgement[]) => boolean = isExact,
  timeoutMs = 30_000,
): Promise<PartitionJudgement[]> {
  let last: PartitionJudgement[] = []
  const question = async () => {
    last = await judgeGroup(clusters, request)
    return wanted(last) ? last : undefined
  }
  const reached = await waitUntil(question, { timeoutMs, intervalMs: 200 })
  if (reached) return reached
  const lines = last.map(describeJudgement).join('\n')
  throw new Error(`The group ${request.group} is not as wanted after ${timeoutMs / 1000} s:\n${lines}`)
}

/** The same for many groups: exact everywhere, each of them. */
export async function untilGroupsAreExact(
  clusters: TwoClusters,
  groups: readonly string[],
  request: Omit<JudgeRequest, 'group'>,
  timeoutMs = 30_000,
): Promise<Map<string, PartitionJudgement[]>> {
  let last = new Map<string, PartitionJudgement[]>()
  const question = async () => {
    last = await judgeGroups(clusters, groups, request)
    return [...last.values()].every(isExact) ? last : undefined
  }
  const reached = await waitUntil(question, { timeoutMs, intervalMs: 500 })
  if (reached) return reached
  const lines = [...last].flatMap(([group, judgements]) =>
    judgements.filter(one => !one.isExact).map(one => `${group}: ${describeJudgement(one)}`),
  )
  throw new Error(`Not all ${groups.length} groups are exact after ${timeoutMs / 1000} s:\n${lines.join('\n')}`)
}

/** One line for an error message. */
export function describeJudgement(one: PartitionJudgement): string {
  const few = (values: string[]) => `${values.length} (${values.slice(0, 5).join(' ')})`
  return (
    `${one.sourceTopic} → ${one.targetTopic} ${one.partition}: source ${one.sourceCommitted}, ` +
    `target ${one.targetCommitted}, expected ${one.expected}, ${one.isExact ? 'exact' : 'not exact'}, ` +
    `skipped ${few(one.skipped)}, read again ${few(one.readAgain)}`
  )
}

function sidesOf({ source, target }: TwoClusters, { direction }: Pick<JudgeRequest, 'direction'>): [Side, Side] {
  return direction === 'back' ? [target, source] : [source, target]
}

function judgePartition(source: Log, target: Log, committed: Committed, onlyKnownToSource: boolean) {
  const before = committed.source ?? 0n
  const consumed = new Set(source.records.filter(({ offset }) => offset < before).map(({ value }) => value))
  const known = new Set(source.records.map(({ value }) => value))
  const counted = target.records.filter(({ value }) => !onlyKnownToSource || known.has(value))
  const at = committed.target
  const expected =
    committed.source === undefined
      ? undefined
      : (counted.find(({ value }) => !consumed.has(value))?.offset ?? target.end)
  const valuesWhere = (isOne: (record: { value: string; offset: bigint }) => boolean) =>
    counted.filter(isOne).map(({ value }) => value)
  return {
    sourceCommitted: committed.source,
    targetCommitted: at,
    expected,
    isExact: readsTheSame(counted, at, expected),
    isSameNumber: at === expected,
    skipped: at === undefined ? [] : valuesWhere(({ value, offset }) => offset < at && !consumed.has(value)),
    readAgain: at === undefined ? [] : valuesWhere(({ value, offset }) => offset >= at && consumed.has(value)),
  }
}

/** Two offsets with no record between them are the same to a consumer. */
function readsTheSame(records: Log['records'], one: bigint | undefined, other: bigint | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  const [low, high] = one < other ? [one, other] : [other, one]
  return !records.some(({ offset }) => offset >= low && offset < high)
}

async function logsOf({ client }: Side, topic: string): Promise<Map<number, Log>> {
  const ends = await client.endOffsets(topic, 'read_committed')
  const logs = new Map<number, Log>(ends.map(({ partition, end }) => [partition, { records: [], end }]))
  const seen = new Set<string>()
  for (const record of await client.read(topic)) {
    const value = record.value?.toString()
    if (value === undefined || seen.has(value))
      throw new Error(`${topic} ${record.partition} at ${record.offset}: ${value} is not a value that is there once`)
    seen.add(value)
    const log = logs.get(record.partition)
    // A partition that came while we looked belongs to the next judgement.
    if (!log) continue
    log.records.push({ value, offset: record.offset })
    // What came after its end was asked for moves the end with it.
    if (record.offset >= log.end) log.end = record.offset + 1n
  }
  return logs
}

function offsetOf(offsets: readonly GroupOffset[], topic: string, partition: number): bigint | undefined {
  return offsets.find(one => one.topic === topic && one.partition === partition)?.offset
}
