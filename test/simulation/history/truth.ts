import type { StoredRecord } from '../broker/batch.js'
import type { World } from '../world.js'

/** One record of the source as it was produced, and what has become of it since. */
export interface TrueRecord {
  offset: number
  identity: string
  state: 'open' | 'committed' | 'aborted'
  /** Why it may be missing on the target; `untold` was deleted before the replicator knew of the partition. */
  gone: 'no' | 'compacted' | 'deleted' | 'untold'
}

/** What the history did to a partition that may stop it. */
export type Cause = 'truncated' | 'source re-created' | 'target re-created' | 'compacted' | 'damaged' | 'too large'

/**
 * What one source partition holds, and how much of it is on the target. It sees every append on the target at the moment
 * it happens: the target's log only grows, so the first wrong record is the first violation. It knows nothing of the
 * engine, only both logs.
 */
export class Truth {
  readonly topic: string
  readonly partition: number
  readonly causes = new Set<Cause>()
  /** Whether the replicator has begun with it, as far as anybody outside knows. */
  begun = false
  /** Everything before this index is on the target, or may be missing there. */
  private pointer = 0
  /** One past the newest source offset that is on the target. */
  copiedTo = 0
  private readonly records: TrueRecord[] = []
  private readonly byIdentity = new Map<string, number>()
  private byOffset = new Map<number, TrueRecord>()
  private readonly world: World
  /** With LATEST: records up to here may be left out; set when the replicator has begun. */
  private freeUpTo = 0
  private startsLatest: boolean
  private isLost = false
  /** Whether a person was told of anything about it since records were deleted. */
  private toldOfGap = true

  constructor(world: World, topic: string, partition: number, startsLatest: boolean) {
    this.world = world
    this.topic = topic
    this.partition = partition
    this.startsLatest = startsLatest
  }

  get name(): string {
    return `${this.topic}-${this.partition}`
  }

  /** The source has appended records. */
  produced(records: readonly StoredRecord[], state: TrueRecord['state']): void {
    for (const record of records) {
      const made: TrueRecord = { offset: record.offset, identity: identityOf(record), state, gone: 'no' }
      if (this.byIdentity.has(made.identity)) throw new Error('the workload made the same record twice')
      this.byIdentity.set(made.identity, this.records.length)
      this.byOffset.set(made.offset, made)
      this.records.push(made)
    }
  }

  /** A transaction has ended: records at these offsets are decided. */
  decided(offsets: readonly number[], state: 'committed' | 'aborted'): void {
    for (const offset of offsets) this.at(offset).state = state
  }

  compacted(offsets: readonly number[]): void {
    for (const offset of offsets) {
      const record = this.at(offset)
      if (record.gone !== 'no') continue
      record.gone = 'compacted'
      // Whoever counts records from a place before it may have lost his count.
      if (record.state === 'committed') this.causes.add('compacted')
    }
  }

  /** Retention or DeleteRecords. */
  deletedBefore(offset: number): void {
    if (this.begun && offset > this.copiedTo) this.causes.add('truncated')
    for (const record of this.byOffset.values()) {
      if (record.offset >= offset || record.gone !== 'no') continue
      record.gone = this.begun ? 'deleted' : 'untold'
      if (this.begun && record.state === 'committed' && record.offset >= Math.max(this.copiedTo, this.freeUpTo))
        this.toldOfGap = false
    }
  }

  /** The topic was deleted and created again under its name. */
  recreated(): void {
    this.deletedBefore(Number.POSITIVE_INFINITY)
    this.causes.delete('truncated')
    this.causes.add('source re-created')
    this.byOffset = new Map()
    this.copiedTo = 0
  }

  /** What was copied is gone, and requests name topics by their names: from now on it can only be held. */
  targetRecreated(): void {
    this.causes.add('target re-created')
    this.isLost = true
  }

  /** The replicator has a position here; with LATEST what was there by now may be left out. */
  knowsBegun(lastStableOffset: number): void {
    if (this.begun) return
    this.begun = true
    if (this.startsLatest) this.freeUpTo = lastStableOffset
  }

  /** A warning or an error about this partition was told. */
  told(): void {
    this.toldOfGap = true
  }

  /** The target has appended a batch of the replicator. */
  copied(records: readonly StoredRecord[]): void {
    if (this.isLost) return
    for (const record of records) this.copiedOne(record)
  }

  private copiedOne(record: StoredRecord): void {
    const index = this.byIdentity.get(identityOf(record))
    const where = `on the target of ${this.name} at offset ${record.offset}`
    if (index === undefined)
      return this.world.fail(`${where}: a record that the source never had, or not byte for byte`)
    const original = this.records[index]!
    const what = `source offset ${original.offset} (record ${index})`
    if (index < this.pointer) {
      return this.world.fail(`${where}: ${what} again, or out of order; expected record ${this.pointer}`)
    }
    if (original.state !== 'committed') return this.world.fail(`${where}: ${what}, which is ${original.state}`)
    const missing = this.missingBefore(index)
    if (missing) return this.world.fail(`${where}: ${what}, but ${missing}`)
    this.pointer = index + 1
    this.copiedTo = original.offset + 1
  }

  private missingBefore(index: number): string | undefined {
    for (let i = this.pointer; i < index; i++) {
      const record = this.records[i]!
      if (this.mayMiss(record)) continue
      return `source offset ${record.offset} (record ${i}), ${record.state}, is missing before it`
    }
    const isGap = this.records
      .slice(this.pointer, index)
      .some(({ gone, state }) => gone === 'deleted' && state === 'committed')
    return isGap && !this.toldOfGap ? 'records that were deleted before are missing and nobody was told' : undefined
  }

  private mayMiss({ state, gone, offset }: TrueRecord): boolean {
    if (state === 'aborted' || gone !== 'no') return true
    return this.startsLatest && this.pointer === 0 && (!this.begun || offset < this.freeUpTo)
  }

  /** What is still missing at the end, or undefined. */
  get missing(): string | undefined {
    if (this.isLost) return undefined
    for (let i = this.pointer; i < this.records.length; i++) {
      const record = this.records[i]!
      if (!this.mayMiss(record))
        return `source offset ${record.offset} (record ${i} of ${this.records.length}) is missing`
    }
    return undefined
  }

  get recordCount(): number {
    return this.records.length
  }

  private at(offset: number): TrueRecord {
    const record = this.byOffset.get(offset)
    if (!record) throw new Error(`${this.name} has no record at ${offset}`)
    return record
  }
}

/** Everything of a record that must arrive: all but its offset. */
function identityOf({ timestamp, attributes, rest }: StoredRecord): string {
  return `${timestamp}/${attributes}/${rest.toString('latin1')}`
}
