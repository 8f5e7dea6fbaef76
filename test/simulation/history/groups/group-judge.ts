import type { MemoryCluster } from '../../broker/memory-cluster.js'
import type { StoredOffset, TakenCommit } from '../../broker/memory-groups.js'
import type { World } from '../../world.js'
import type { Consumption, Writer, WrittenLog } from './consumption.js'

/** A replicator that moves groups from one cluster to another, and what it must hold to. */
export interface GroupWay {
  source: MemoryCluster
  target: MemoryCluster
  targetNameOf: (sourceTopic: string) => string
  /** Whether a group that was reset on the source is moved back on the target. */
  followsResets: boolean
  /** Whose records on the target no group may skip: those that a consumer of the source has had or will get. */
  protects: readonly Writer[]
  /** Whose records count where a group is not as far as it could be: all that may rightly hold it up. */
  holdsUp: readonly Writer[]
}

/** Bounds are asked for before offsets are, and both may take their time: the bounds that count are that old at most. */
const BOUNDS_VALID_MS = 15_000

/**
 * Judges offsets of groups as they are committed by replicators. It knows the logs and what each group has consumed, by
 * the records themselves, and nothing of maps.
 *
 * Where the history has cut a log back or created a topic anew, offsets do not say any more which records were meant, so
 * nothing is said of such a partition.
 */
export class GroupJudge {
  private readonly world: World
  private readonly ways: readonly GroupWay[]
  private readonly consumption: Consumption
  /** How many commits were judged. */
  count = 0

  constructor(world: World, ways: readonly GroupWay[], consumption: Consumption) {
    this.world = world
    this.ways = ways
    this.consumption = consumption
    for (const way of ways) way.target.groups.onCommit = commit => this.committed(way, commit)
  }

  /** Why a group is not yet where it should be once all is copied and at rest; undefined when all are. */
  unfinished(isSettled: (source: MemoryCluster, topic: string, partition: number) => boolean): string | undefined {
    for (const way of this.ways) {
      for (const group of way.source.groups.names) {
        for (const offset of way.source.groups.offsets(group)) {
          const wrong = isSettled(way.source, offset.topic, offset.partition)
            ? this.notExact(way, group, offset)
            : undefined
          if (wrong) return `${group} of ${way.source.alias} on ${offset.topic}-${offset.partition}: ${wrong}`
        }
      }
    }
    return undefined
  }

  private committed(way: GroupWay, { group, offset, before, sentAt }: TakenCommit): void {
    if (sentAt === undefined) return
    const { topic, partition } = offset
    const where = `${group} on ${way.target.alias} ${topic}-${partition}`
    this.count++
    this.world.tell(`${where} is put to ${offset.offset}${before ? `, from ${before.offset}` : ''}`)
    const target = this.consumption.on(way.target, topic, partition)
    if (!target) return this.world.fail(`${where}: a commit for what is no topic of records`)
    // What came in between the sender could not see.
    const mayGoBack = way.followsResets && way.source.groups.movedBack.has(group)
    if (before && before.at < sentAt && before.offset > offset.offset && !mayGoBack)
      this.world.fail(`${where} is moved back from ${before.offset} to ${offset.offset}`)
    this.judgeBounds(where, target, offset.offset, sentAt - BOUNDS_VALID_MS)
    if (this.isUnclear(way, offset)) return
    const skipped = this.firstSkipped(way, group, target, offset)
    if (skipped) this.world.fail(`${where} skips a record at ${skipped.offset} (${skipped.writer})`)
    // Whom it may skip it has done with: under LEGACY the replicator of the other direction will say so, too.
    this.consumption.passed(group, target, 0, offset.offset)
  }

  private judgeBounds(where: string, { log }: WrittenLog, offset: number, boundsAt: number): void {
    const start = log.starts.findLast(({ at }) => at <= boundsAt)?.start ?? 0
    if (offset < start) this.world.fail(`${where} is put to ${offset}, before the start ${start}`)
    if (offset > log.end && log.cutAt <= boundsAt)
      this.world.fail(`${where} is put to ${offset}, beyond the end ${log.end}`)
  }

  /**
   * What the source has lost by compaction or retention the group would not have had there either. After a kill such
   * copies cannot be recognised, so that the map lacks them.
   */
  private firstSkipped(
    way: GroupWay,
    group: string,
    target: WrittenLog,
    { topic, partition, offset: to }: StoredOffset,
  ) {
    const { protects } = way
    const done = this.consumption.doneBy(group)
    const source = this.consumption.on(way.source, sourceNameOf(way, topic) ?? topic, partition)
    return target.records.find(
      record =>
        record.offset < to &&
        protects.includes(record.writer) &&
        !done.has(record.identity) &&
        target.isThere(record) &&
        !source?.hasLostRecord(record.identity),
    )
  }

  /** A record that would be read again though the source's offset says that it was consumed, and nothing before it was not. */
  private notExact(way: GroupWay, group: string, { topic, partition, offset }: StoredOffset): string | undefined {
    const name = way.targetNameOf(topic)
    const place = { topic: name, partition }
    const source = this.consumption.on(way.source, topic, partition)
    const target = this.consumption.on(way.target, name, partition)
    if (!source || !target || this.isUnclear(way, place)) return undefined
    const at = way.target.groups.offset(group, name, partition)?.offset
    if (at === undefined) return 'it has no offset on the target'
    if (at < target.log.start) return `at ${at} it stands before the start ${target.log.start}`
    const isConsumed = (identity: string) => (source.byIdentity.get(identity)?.offset ?? Infinity) < offset
    for (const record of target.records) {
      if (!way.holdsUp.includes(record.writer) || !target.isThere(record)) continue
      if (!isConsumed(record.identity)) return undefined
      if (record.offset >= at) return `at ${at} it would read ${record.offset} again (it has committed ${offset})`
    }
    return undefined
  }

  private isUnclear(way: GroupWay, { topic, partition }: Pick<StoredOffset, 'topic' | 'partition'>): boolean {
    const sourceTopic = sourceNameOf(way, topic)
    const onSource = sourceTopic === undefined ? undefined : this.consumption.on(way.source, sourceTopic, partition)
    return (onSource?.isBroken ?? true) || (this.consumption.on(way.target, topic, partition)?.isBroken ?? true)
  }
}

function sourceNameOf({ source, targetNameOf }: GroupWay, targetTopic: string): string | undefined {
  return [...source.topics.keys()].find(name => targetNameOf(name) === targetTopic)
}
