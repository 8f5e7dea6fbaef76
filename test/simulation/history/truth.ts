import type { StoredRecord } from '../broker/batch.js'
import type { World } from '../world.js'
import type { NotedGap } from './notes.js'

/** One record of the source as it was produced, and what has become of it since. */
export interface TrueRecord {
  offset: number
  identity: string
  state: 'open' | 'committed' | 'aborted'
  /**
   * Why it is no longer on the source: compacted · deleted by retention · its log was cut back · its topic is another
   * one now. `untold` was deleted before the replicator had noted where it begins.
   */
  gone: 'no' | 'compacted' | 'deleted' | 'untold' | 'cut' | 'replaced'
  /** Larger than the target takes. */
  isPoison: boolean
  /** Recorded as never to be on the target. */
  isGap: boolean
}

/** What the history did to a partition that may stop it. */
export type Cause =
  | 'truncated'
  | 'source cut back'
  | 'target cut back'
  | 'source re-created'
  | 'target re-created'
  | 'compacted'
  | 'too large'

/** A copy on the target: which record of `records`, and where. */
interface Copied {
  index: number
  target: number
}

/**
 * What one source partition holds, and how much of it is on the target. It sees every append on the target at the moment
 * it happens, so the first wrong record is the first violation. It knows nothing of the engine, only both logs and the
 * gaps that are recorded.
 */
export class Truth {
  readonly topic: string
  readonly partition: number
  readonly causes = new Set<Cause>()
  private readonly records: TrueRecord[] = []
  private readonly byIdentity = new Map<string, number>()
  private byOffset = new Map<number, TrueRecord>()
  private copies: Copied[] = []
  private readonly world: World
  /** Where the replicator began, as it has noted; undefined before. Records before it may be missing. */
  private startsAt: number | undefined
  private isLost = false

  constructor(world: World, topic: string, partition: number) {
    this.world = world
    this.topic = topic
    this.partition = partition
  }

  get name(): string {
    return `${this.topic}-${this.partition}`
  }

  get begun(): boolean {
    return this.startsAt !== undefined
  }

  get recordCount(): number {
    return this.records.length
  }

  /** One past the newest source offset that is on the target. */
  get copiedTo(): number {
    const last = this.copies.at(-1)
    const record = last && this.records[last.index]!
    return record && record.gone !== 'replaced' && record.gone !== 'cut' ? record.offset + 1 : 0
  }

  /** Everything before this index is on the target, or may be missing there. */
  private get pointer(): number {
    return (this.copies.at(-1)?.index ?? -1) + 1
  }

  /** The source has appended records. */
  produced(records: readonly StoredRecord[], state: TrueRecord['state'], isPoison = false): void {
    if (isPoison) this.causes.add('too large')
    for (const record of records) {
      const identity = identityOf(record)
      const made: TrueRecord = { offset: record.offset, identity, state, gone: 'no', isPoison, isGap: false }
      if (this.byIdentity.has(identity)) throw new Error('the workload made the same record twice')
      this.byIdentity.set(identity, this.records.length)
      this.byOffset.set(made.offset, made)
      this.records.push(made)
    }
  }

  /** Whether such a record was ever produced. */
  knows(record: StoredRecord): boolean {
    return this.byIdentity.has(identityOf(record))
  }

  /** A transaction has ended: records at these offsets are decided. */
  decided(offsets: readonly number[], state: 'committed' | 'aborted'): void {
    for (const offset of offsets) this.at(offset).state = state
  }

  compacted(offsets: readonly number[]): void {
    if (offsets.length > 0) this.causes.add('compacted')
    for (const offset of offsets) {
      const record = this.at(offset)
      if (record.gone === 'no') record.gone = 'compacted'
    }
  }

  /** Retention or DeleteRecords. `noted` is how far the replicator has noted that it is: a restart begins there. */
  deletedBefore(offset: number, noted = 0): void {
    if (offset > Math.min(noted, this.copiedTo)) this.causes.add('truncated')
    for (const record of this.byOffset.values()) {
      if (record.offset < offset && record.gone === 'no') record.gone = this.begun ? 'deleted' : 'untold'
    }
  }

  /** Unclean leader election: what lies at `offset` and behind is gone, and others may come there. */
  cutBack(offset: number): void {
    this.causes.add('source cut back')
    for (const record of this.byOffset.values()) {
      if (record.offset < offset) continue
      record.gone = 'cut'
      this.byOffset.delete(record.offset)
    }
  }

  /** The topic was deleted and created again under its name. */
  recreated(): void {
    this.causes.add('source re-created')
    for (const record of this.byOffset.values()) record.gone = 'replaced'
    this.byOffset = new Map()
    this.startsAt = undefined
  }

  /** What was copied is gone, and produce requests name topics by their names: what comes there is not looked at. */
  targetRecreated(): void {
    this.causes.add('target re-created')
    this.isLost = true
  }

  /** The target has lost what lies at `offset` and behind. */
  targetCutBack(offset: number): void {
    this.causes.add('target cut back')
    this.copies = this.copies.filter(({ target }) => target < offset)
  }

  /** The replicator has noted where it begins; `most` is how far it may leave records out. */
  beginsAt(offset: number, most: number): void {
    if (offset > most) this.world.fail(`${this.name} begins at ${offset}, though it should at ${most} at most`)
    this.startsAt = offset
  }

  /** The replicator has recorded that offsets will be missing. */
  gapRecorded({ kind, from, to }: NotedGap): void {
    if (kind === 'diverged') return
    for (const record of this.byOffset.values()) {
      if (record.offset < from || record.offset >= to || record.state === 'aborted') continue
      const isRight = kind === 'poison' ? record.isPoison : record.gone !== 'no'
      if (!isRight)
        this.world.fail(`a gap ${kind} ${from}-${to - 1} is recorded, but source offset ${record.offset} is there`)
      record.isGap = true
    }
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
    if (original.isGap) return this.world.fail(`${where}: ${what}, which is recorded as missing`)
    for (let i = this.pointer; i < index; i++) {
      const { offset, state, gone } = this.records[i]!
      if (this.mayMiss(this.records[i]!)) continue
      const fate = gone === 'no' ? '' : `, ${gone} and not recorded as a gap`
      return this.world.fail(
        `${where}: ${what}, but source offset ${offset} (record ${i}), ${state}${fate}, is missing before it`,
      )
    }
    this.copies.push({ index, target: record.offset })
  }

  private mayMiss({ state, gone, offset, isGap }: TrueRecord): boolean {
    if (state === 'aborted' || isGap) return true
    if (gone === 'no' || gone === 'deleted') return this.startsAt !== undefined && offset < this.startsAt
    return true
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

  /** Every pair that an offset map should hold, and whether it may lack it; undefined where the copies are not known. */
  get pairs(): { source: number; target: number; mayLack: boolean }[] | undefined {
    if (this.isLost) return undefined
    return this.copies.flatMap(({ index, target }) => {
      const { offset, gone } = this.records[index]!
      const isOther = gone === 'cut' || gone === 'replaced'
      // What is no longer on the source cannot be recognised on the target after a kill, and what was deleted is dropped.
      return isOther ? [] : [{ source: offset, target, mayLack: gone !== 'no' }]
    })
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
