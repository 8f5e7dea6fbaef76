import { createHash } from 'node:crypto'

/** One record as it lies in a log, seen through its bytes; what is inside is decoded only where somebody asks. */
export class LogRecord {
  readonly offset: number
  /** Milliseconds since the epoch, as a consumer gets it. */
  readonly timestamp: number
  /** The broker set the timestamp (message.timestamp.type=LogAppendTime). */
  readonly hasAppendTime: boolean
  /**
   * Offsets directly before this record that the log does not hold any more, and that were neither a transaction's
   * marker nor aborted: compaction has removed them.
   */
  holesBefore: number
  private readonly bytes: Buffer
  /** Key, value and headers lie in `bytes` from `start` to `end`. */
  private readonly start: number
  private readonly end: number
  private hash: string | undefined

  constructor(
    place: { offset: number; timestamp: number; hasAppendTime: boolean; holesBefore: number },
    bytes: Buffer,
    start: number,
    end: number,
  ) {
    this.offset = place.offset
    this.timestamp = place.timestamp
    this.hasAppendTime = place.hasAppendTime
    this.holesBefore = place.holesBefore
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  /** Key, value and headers as they are encoded, as a view. */
  get content(): Buffer {
    return this.bytes.subarray(this.start, this.end)
  }

  get contentBytes(): number {
    return this.end - this.start
  }

  /** Whether key, value and headers are the same, byte for byte. */
  hasSameContent(other: LogRecord): boolean {
    const { bytes, start, end } = other
    return this.contentBytes === end - start && this.bytes.compare(bytes, start, end, this.start, this.end) === 0
  }

  /** The same record, not holding on to the fetch answer it lies in. */
  detached(): LogRecord {
    const content = Buffer.from(this.content)
    return new LogRecord(this, content, 0, content.length)
  }

  /** SHA-256 of key, value and headers. */
  get contentHash(): string {
    this.hash ??= createHash('sha256').update(this.content).digest('hex')
    return this.hash
  }
}

/** Consecutive records of one log, usually a batch: so that equal batches need not be taken apart. */
export interface RecordRun {
  readonly count: number
  readonly firstOffset: number
  readonly lastOffset: number
  /** Its size in the log. */
  readonly sizeBytes: number
  /** The batch as it is; undefined where only a part of it belongs to the run. */
  readonly whole: WholeBatch | undefined
  /** Takes the run apart. Throws CorruptLogError when the bytes are not whole records. */
  records(): LogRecord[]
}

/** What makes two batches hold the same records without a look inside. */
export interface WholeBatch {
  codec: string
  baseTimestamp: number
  hasAppendTime: boolean
  /** Compressed or not. Holds no offsets of the log, only differences to the first. */
  recordBytes: Buffer
}

/** Whether two whole batches hold the same records, timestamps included unless the target's are the broker's own. */
export function isSameBatch(source: RecordRun, target: RecordRun): boolean {
  const [one, other] = [source.whole, target.whole]
  if (one === undefined || other === undefined || source.count !== target.count || one.codec !== other.codec) {
    return false
  }
  const sameTimes = other.hasAppendTime || (!one.hasAppendTime && one.baseTimestamp === other.baseTimestamp)
  return sameTimes && one.recordBytes.equals(other.recordBytes)
}

/** A log that cannot be decoded: a wrong checksum, a length that does not fit. */
export class CorruptLogError extends Error {
  override readonly name = 'CorruptLogError'
}
