import { HEARTBEAT_TOPIC } from '../../../src/policy/topic-patterns.ts'
import type { ControlNote } from '../../../src/progress/notes.ts'
import type { ReplicatorOptions } from '../../../src/replication/replicator-options.ts'
import type { StoredStatus } from '../../../src/replication/stored-status.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../../support/stored-status.ts'

const START = Date.parse('2026-01-02T14:00:00.000Z')
/** The replicator can copy a little more than is written, so it catches up slowly. */
const COPIED_PER_SECOND = 300
/** Of what is being written the last bit is always on its way. */
const ON_THE_WAY_MS = 1_300
/** A person says "stop", and what producers hold in their buffers is still sent. */
const FLUSH_MS = 7_000
/** Records that `refunds` gets with it, and how long nothing drains them, so that one sees how that is told. */
const LAST_REFUNDS = 12
const STUCK_MS = 45_000
/** At first a partition has no leader, so that one sees how that is told. */
const LEADERLESS_MS = 10_000
/** An engine that is spoken to looks for new topics at once, and then copies them. */
const HEARTBEAT_MS = 1_000

/** Source offsets of a partition. */
interface Log {
  end: number
  copied: number
}

/** Two clusters with a shop on one of them, as far as the screens show them: time and people's answers move it. */
export class ScreenWorld {
  /** Milliseconds of our time. */
  now = START
  /** Where producers write, and the consumers of group `shop` read; undefined: nowhere. */
  producersOn: string | undefined = 'east'
  consumersOn: string | undefined = 'east'
  /** By all producers together, while they run. */
  writtenPerSecond = 240
  /** Who does not answer. */
  lost: string | undefined
  /** How replicators stand that nobody has stopped. */
  state: StoredStatus['state'] = 'running'
  /** What was asked of a replicator, by its name. */
  readonly notes: Record<string, ControlNote> = {}
  /** Source offsets that had not crossed when it was lost. */
  tail = 0
  /** What producers write, as the replicator sees it whose source that is. */
  readonly orders: Log = { end: 955_627, copied: 939_627 }
  readonly refunds: Log = { end: 1_204, copied: 1_204 }
  private seenAt = START
  private stoppedAt: number | undefined
  /** Who has written last: on the other cluster lies nothing but copies. */
  private writtenOn: string | undefined
  private readonly heartbeats: { on: string; at: number }[] = []
  /** When the consumers were stopped; their last commit is brought over at the next look. */
  private looksWithoutConsumers = 0

  /** What a person does who is asked to. */
  does(instruction: string): void {
    const where = /\bon (\w+)\./.exec(instruction)?.[1]
    if (instruction.startsWith('Stop the producers')) this.stopProducers()
    if (instruction.startsWith('Start the producers')) this.producersOn = where
    if (instruction.startsWith('Stop the consumers')) this.consumersOn = undefined
    if (instruction.startsWith('Start the consumers')) this.consumersOn = where
  }

  /** What is noted for the replicator of this name; undefined takes no note. */
  note(name: string, change: (before: ControlNote | undefined) => ControlNote | undefined): void {
    const note = change(this.notes[name])
    if (note !== undefined) this.notes[name] = note
  }

  /** One record on this cluster; answers its offset. */
  beat(on: string): number {
    return this.heartbeats.push({ on, at: this.now }) - 1
  }

  /** How a replicator stands at this look. */
  look({ name, source, target }: Pick<ReplicatorOptions, 'name' | 'source' | 'target'>): StoredStatus {
    this.pass()
    const note = this.notes[name]
    const isStopped = note?.copying === 'stopped'
    const isLost = this.lost === source.alias
    return storedStatus({
      ...{ replicatorName: name, at: new Date(this.now).toISOString(), topics: this.topics(source.alias) },
      state: isStopped && this.state === 'running' ? 'failed' : this.state,
      stoppedBy: isStopped ? { by: note.by, at: new Date(note.at).toISOString() } : null,
      deniedTopics: [...(note?.deniedTopics ?? [])],
      groups: {
        ...this.groups(source.alias, target.alias),
        ...{ frozenBy: note?.groupSync === 'frozen' ? note.by : null, frozenHeard: true },
      },
      source: { alias: source.alias, problem: isLost ? `${source.alias} did not answer within 5 s.` : null },
      target: { alias: target.alias, problem: null },
    })
  }

  private stopProducers(): void {
    this.pass()
    this.producersOn = undefined
    this.stoppedAt = this.now
    if (this.writtenPerSecond > 0) this.refunds.end += LAST_REFUNDS
  }

  private pass(): void {
    const { orders, refunds, now, seenAt, stoppedAt = 0, writtenPerSecond } = this
    this.seenAt = now
    if (this.consumersOn === undefined) this.looksWithoutConsumers++
    else this.looksWithoutConsumers = 0
    this.writtenOn = this.producersOn ?? this.writtenOn
    if (this.lost !== undefined) return
    const writtenUntil = this.producersOn === undefined ? stoppedAt + FLUSH_MS : now
    const isWriting = writtenUntil >= now
    orders.end += (writtenPerSecond * Math.max(0, Math.min(now, writtenUntil) - seenAt)) / 1_000
    const onTheWay = isWriting ? (writtenPerSecond * ON_THE_WAY_MS) / 1_000 : 0
    const pace = (COPIED_PER_SECOND * (now - seenAt)) / 1_000
    orders.copied = Math.max(orders.copied, Math.min(orders.copied + pace, orders.end - onTheWay))
    if (now >= stoppedAt + STUCK_MS) refunds.copied = refunds.end
  }

  private topics(source: string): StoredStatus['topics'] {
    const isLost = this.lost === source
    // Copies are not copied back, so where only they are, all of it is passed at once.
    const seen = ({ end, copied }: Log): Log => (this.writtenOn === source ? { end, copied } : { end: copied, copied })
    const [orders, refunds] = [seen(this.orders), seen(this.refunds)]
    const row = (partition: number, { end, copied }: Log) => partitionRow(partition, end, copied, isLost)
    const isLeaderless = this.now < START + LEADERLESS_MS && !isLost
    const beats = this.heartbeats.filter(({ on }) => on === source)
    const crossed = beats.filter(({ at }) => this.now - at >= HEARTBEAT_MS).length
    return [
      storedTopic('orders', [row(0, orders), row(1, { end: 451_877, copied: 451_877 })]),
      storedTopic('refunds', [row(0, { ...refunds, copied: refunds.copied - this.tail })]),
      storedTopic('audit', [
        isLeaderless
          ? { ...storedPartition(0, 'unknown', null, 402_118), reason: `no leader on ${source}` }
          : row(0, { end: 402_118, copied: 402_118 }),
      ]),
      ...(beats.length === 0 ? [] : [storedTopic(HEARTBEAT_TOPIC, [row(0, { end: beats.length, copied: crossed })])]),
    ]
  }

  private groups(source: string, target: string): StoredStatus['groups'] {
    const isBehind = this.consumersOn === source || (this.looksWithoutConsumers > 0 && this.looksWithoutConsumers < 5)
    const state = this.consumersOn === target ? 'active-on-target' : isBehind ? 'syncing' : 'synced'
    const behind = isBehind
      ? { sourceLag: this.producersOn === undefined ? 0 : 12, targetOffset: 940, targetLag: 72, readAgain: 60 }
      : {}
    const members = (alias: string) => (this.consumersOn === alias ? 'Stable' : 'Empty')
    const shop = group('shop', [groupTopic('orders', [groupPartition(0, { state, ...behind })])], {
      ...{ sourceState: members(source), targetState: members(target) },
    })
    const billing = group('billing', [groupTopic('refunds', [groupPartition(0)])])
    const verdict = {
      ...{ safeToSwitch: !isBehind, readAgain: isBehind ? 60 : 0 },
      ...{ activeOnSource: this.consumersOn === source ? 1 : 0, activeOnTarget: this.consumersOn === target ? 1 : 0 },
    }
    const groups = storedGroups([shop, billing], verdict)
    return { ...groups, mode: 'enhanced' }
  }
}

function partitionRow(partition: number, end: number, copied: number, isLost: boolean) {
  if (!isLost) return storedPartition(partition, end === copied ? 'caught-up' : 'copying', end, copied)
  return { ...storedPartition(partition, 'unknown', null, copied), lastKnownLag: end - copied }
}
