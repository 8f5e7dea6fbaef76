import type { ReplicatorOptions } from '../../../src/replication/replicator-options.ts'
import type { StoredStatus } from '../../../src/replication/stored-status.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../../support/stored-status.ts'

const START = Date.parse('2026-01-02T14:00:00.000Z')
const WRITTEN_PER_SECOND = 240
/** While nobody writes; before, it keeps pace. */
const COPIED_PER_SECOND = 600
/** A partition that nothing drains for this long, so that one sees how that is told. */
const STUCK_SECONDS = 45

/** Two clusters with a shop on one of them, as far as the screens show them: time and people's answers move it. */
export class ScreenWorld {
  /** Milliseconds of our time. */
  now = START
  /** Where producers write, and the consumers of group `shop` read; undefined: nowhere. */
  producersOn: string | undefined = 'east'
  consumersOn: string | undefined = 'east'
  /** Who does not answer. */
  lost: string | undefined
  state: StoredStatus['state'] = 'running'
  stoppedBy: StoredStatus['stoppedBy'] = null
  frozenBy: string | null = null
  /** Source offsets that had not crossed when it was lost. */
  tail = 0
  readonly orders = { end: 955_627, copied: 928_002 }
  private seenAt = START
  /** When the consumers were stopped; their last commit is brought over at the next look. */
  private looksWithoutConsumers = 0

  /** What a person does who is asked to. */
  does(instruction: string): void {
    const where = /\bon (\w+)\./.exec(instruction)?.[1]
    if (instruction.startsWith('Stop the producers')) this.producersOn = undefined
    if (instruction.startsWith('Start the producers')) this.producersOn = where
    if (instruction.startsWith('Stop the consumers')) this.consumersOn = undefined
    if (instruction.startsWith('Start the consumers')) this.consumersOn = where
  }

  /** How a replicator stands at this look. */
  look({ name, source, target }: Pick<ReplicatorOptions, 'name' | 'source' | 'target'>): StoredStatus {
    this.pass()
    const isLost = this.lost === source.alias
    const seconds = (this.now - START) / 1_000
    const { end, copied } = this.orders
    const stuck = seconds < STUCK_SECONDS ? 12 : 0
    const topics = [
      storedTopic('orders', [this.partition(0, end, copied, isLost), this.partition(1, 451_877, 451_877, isLost)]),
      storedTopic('refunds', [this.partition(0, 1_204, 1_204 - stuck - this.tail, isLost)]),
      storedTopic('audit', [
        seconds < 10 && !isLost
          ? { ...storedPartition(0, 'unknown', null, 402_118), reason: `no leader on ${source.alias}` }
          : this.partition(0, 402_118, 402_118, isLost),
      ]),
    ]
    return storedStatus({
      ...{ replicatorName: name, at: new Date(this.now).toISOString(), state: this.state, topics },
      ...{ stoppedBy: this.stoppedBy, groups: this.groups(source.alias, target.alias) },
      source: { alias: source.alias, problem: isLost ? `${source.alias} did not answer within 5 s.` : null },
      target: { alias: target.alias, problem: null },
    })
  }

  private pass(): void {
    const seconds = (this.now - this.seenAt) / 1_000
    this.seenAt = this.now
    const { orders } = this
    const isWriting = this.producersOn !== undefined
    if (isWriting) orders.end += WRITTEN_PER_SECOND * seconds
    const pace = isWriting ? WRITTEN_PER_SECOND : COPIED_PER_SECOND
    orders.copied = Math.min(orders.end, orders.copied + pace * seconds)
    if (this.consumersOn === undefined) this.looksWithoutConsumers++
    else this.looksWithoutConsumers = 0
  }

  private partition(partition: number, end: number, copied: number, isLost: boolean) {
    if (!isLost) return storedPartition(partition, end === copied ? 'caught-up' : 'copying', end, copied)
    return { ...storedPartition(partition, 'unknown', null, copied), lastKnownLag: end - copied }
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
    return { ...groups, mode: 'enhanced', frozenBy: this.frozenBy, frozenHeard: true }
  }
}
