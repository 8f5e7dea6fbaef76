import { crc32c } from '../wire/crc32c.js'
import { before, RUN_BYTES_MAX, RunReader, readVarint, VARINT_BYTES_MAX, writeRun, writeVarint } from './packed-runs.js'
import type { Pair, Run } from './run.js'

/**
 * A segment: neighbouring runs under a running number, as they are kept.
 *
 *     segment => version checksum previous before source target run*
 *     version  => uint8, 1
 *     checksum => uint32, CRC-32C of all bytes behind it: a wrong map would move groups to wrong places unnoticed
 *     previous => varint, the number of the segment before this one, 0 where there is none
 *     before   => varint, how many segments lay before this one when it was packed
 *     source, target => varints, the first record's offsets
 */
const VERSION = 1
const CHECKED_FROM = 5
const HEADER_BYTES_MAX = CHECKED_FROM + 4 * VARINT_BYTES_MAX

/**
 * A segment has at most so many bytes. One of them is part of a note that is written every second for each busy
 * partition, and is read through for a lookup: both want it small. Smaller, what surrounds it in memory (some 900
 * bytes) would weigh more than itself.
 */
export const SEGMENT_BYTES_MAX = 1024
/** What is left for runs beside the header and the last run, which still grows. */
const RUNS_BYTES_MAX = SEGMENT_BYTES_MAX - HEADER_BYTES_MAX - RUN_BYTES_MAX
const NOTHING = Buffer.alloc(0)

/** The bytes of a segment cannot be used: they are damaged, incomplete, or of another version of this tool. */
export class UnreadableOffsetMap extends Error {
  override readonly name = 'UnreadableOffsetMap'
}

/** Which segment lies before one. */
export interface Link {
  previous: number
  before: number
}

/** What is known of a segment without reading its runs. */
export interface Segment extends Link {
  number: number
  bytes: Buffer
  /** Where the runs begin. */
  runsAt: number
  first: Pair
}

/** The runs of a segment that still grows, all but the last one. */
export class RunBuffer {
  /** A plain topic has one run for ever, which does not stand here: so it starts with no memory at all. */
  private bytes: Buffer = NOTHING
  private used = 0

  get size(): number {
    return this.used
  }

  get capacity(): number {
    return this.bytes.length
  }

  get isFull(): boolean {
    return this.used + RUN_BYTES_MAX > RUNS_BYTES_MAX
  }

  add(run: Run, previous: Pair): void {
    if (this.used + RUN_BYTES_MAX > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(2 * this.bytes.length + RUN_BYTES_MAX)
      this.bytes.copy(grown, 0, 0, this.used)
      this.bytes = grown
    }
    this.used = writeRun(this.bytes, this.used, run, previous)
  }

  read(first: Pair): RunReader {
    return new RunReader(this.bytes, { start: 0, end: this.used }, before(first))
  }

  copyTo(target: Buffer, position: number): number {
    return position + this.bytes.copy(target, position, 0, this.used)
  }
}

/** Packs the runs that `fill` writes, at most `runBytesMax`; `fill` answers where they end. */
export function packSegment(
  link: Link,
  first: Pair,
  runBytesMax: number,
  fill: (bytes: Buffer, at: number) => number,
): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES_MAX + runBytesMax)
  bytes[0] = VERSION
  let at = CHECKED_FROM
  for (const value of [link.previous, link.before, first.source, first.target]) at = writeVarint(bytes, at, value)
  at = fill(bytes, at)
  bytes.writeUInt32BE(crc32c(bytes, CHECKED_FROM, at), 1)
  return ownCopy(bytes.subarray(0, at))
}

/** Reads the header. Throws `UnreadableOffsetMap` where the bytes are not what was packed. */
export function openSegment(number: number, packed: Buffer): Segment {
  const version = packed[0]
  if (version === undefined) throw new UnreadableOffsetMap(`segment ${number} of an offset map is empty`)
  if (version !== VERSION) {
    throw new UnreadableOffsetMap(
      `segment ${number} of an offset map has version ${version}, this version of the tool knows ${VERSION}`,
    )
  }
  if (packed.length < CHECKED_FROM || packed.readUInt32BE(1) !== crc32c(packed, CHECKED_FROM)) {
    throw damaged(number, 'its checksum is wrong')
  }
  const values: number[] = []
  let at = CHECKED_FROM
  try {
    for (let n = 0; n < 4; n++) {
      const { value, end } = readVarint(packed, at, packed.length)
      values.push(value)
      at = end
    }
  } catch (error) {
    throw damaged(number, (error as Error).message)
  }
  const [previous, before, source, target] = values as [number, number, number, number]
  return { number, previous, before, bytes: ownCopy(packed), runsAt: at, first: { source, target } }
}

/** The runs of a segment. */
export function runsOf({ bytes, runsAt, first }: Segment): RunReader {
  return new RunReader(bytes, { start: runsAt, end: bytes.length }, before(first))
}

export function damaged(number: number, why: string): UnreadableOffsetMap {
  return new UnreadableOffsetMap(`segment ${number} of an offset map is damaged: ${why}`)
}

/** A view would keep all of the buffer it was cut from, such as a fetch answer, for as long as the segment lives. */
function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}
