import type { Pair, Run } from './run.js'

/**
 * Runs as bytes. What is usual costs nothing: a run that follows the one before it behind one marker on the source, and
 * without a gap on the target (a transaction), is one byte up to 8 records.
 *
 *     run     => head [count] [gap S] [gap T] [stride S] [stride T]
 *     head    => bit 0: gap S follows      (else 1 offset lies between it and the run before)
 *                bit 1: gap T follows      (else none)
 *                bit 2: stride S follows   (else 1)
 *                bit 3: stride T follows   (else 1)
 *                bits 4-6: (number of records - 1) mod 8
 *                bit 7: count follows: floor((number of records - 1) / 8)
 *     count, gaps, strides => unsigned varint, up to 2^53 - 1
 */
const GAP_S = 1
const GAP_T = 2
const STRIDE_S = 4
const STRIDE_T = 8
const COUNT_SHIFT = 4
const COUNT_MASK = 7
const MORE_COUNT = 0x80

const USUAL_SOURCE_GAP = 1

/** A varint of 53 bits has at most 8 bytes. */
export const VARINT_BYTES_MAX = 8
export const RUN_BYTES_MAX = 1 + 5 * VARINT_BYTES_MAX

/** What a varint's bytes count: 128^0 … 128^7, whose sum is above 2^53. */
const PLACES = Array.from({ length: VARINT_BYTES_MAX }, (_, n) => 128 ** n)

/** Where the first of some runs counts its gaps from: as if a marker and a record stood right before it. */
export function before({ source, target }: Pair): Pair {
  return { source: source - 1 - USUAL_SOURCE_GAP, target: target - 1 }
}

/** Writes an unsigned varint and answers where it ends. */
export function writeVarint(bytes: Uint8Array, position: number, value: number): number {
  let at = position
  let rest = value
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[at++] = rest
  return at
}

/** Writes a run behind the record that was the last before it, and answers where it ends. */
export function writeRun(bytes: Uint8Array, position: number, run: Run, previous: Pair): number {
  const gapS = run.source - previous.source - 1
  const gapT = run.target - previous.target - 1
  const rest = run.count - 1
  const low = rest % (COUNT_MASK + 1)
  let head = low << COUNT_SHIFT
  let at = position + 1
  if (rest !== low) {
    head |= MORE_COUNT
    at = writeVarint(bytes, at, (rest - low) / (COUNT_MASK + 1))
  }
  if (gapS !== USUAL_SOURCE_GAP) {
    head |= GAP_S
    at = writeVarint(bytes, at, gapS)
  }
  if (gapT !== 0) {
    head |= GAP_T
    at = writeVarint(bytes, at, gapT)
  }
  if (run.sourceStride !== 1) {
    head |= STRIDE_S
    at = writeVarint(bytes, at, run.sourceStride)
  }
  if (run.targetStride !== 1) {
    head |= STRIDE_T
    at = writeVarint(bytes, at, run.targetStride)
  }
  bytes[position] = head
  return at
}

/** Reads runs one after the other, always into the same object: what is kept of it must be copied. */
export class RunReader {
  readonly run: Run = { source: 0, sourceStride: 1, target: 0, targetStride: 1, count: 0 }
  private readonly bytes: Uint8Array
  private readonly end: number
  private readonly previous: Pair
  private position: number

  constructor(bytes: Uint8Array, range: { start: number; end: number }, previous: Pair) {
    this.bytes = bytes
    this.position = range.start
    this.end = range.end
    this.previous = { ...previous }
  }

  /** Moves `run` on; false at the end. Throws a RangeError on bytes that nobody wrote like that. */
  next(): boolean {
    if (this.position >= this.end) return false
    const { run, previous } = this
    const head = this.bytes[this.position++]!
    const high = head & MORE_COUNT ? this.varint() * (COUNT_MASK + 1) : 0
    run.count = 1 + ((head >> COUNT_SHIFT) & COUNT_MASK) + high
    run.source = previous.source + 1 + (head & GAP_S ? this.varint() : USUAL_SOURCE_GAP)
    run.target = previous.target + 1 + (head & GAP_T ? this.varint() : 0)
    run.sourceStride = head & STRIDE_S ? this.varint() : 1
    run.targetStride = head & STRIDE_T ? this.varint() : 1
    // As `lastOf`, without an object for each run: a lookup reads some hundred of them.
    previous.source = run.source + (run.count - 1) * run.sourceStride
    previous.target = run.target + (run.count - 1) * run.targetStride
    if (!isPossible(run, previous)) throw new RangeError(`the run that ends at byte ${this.position} is impossible`)
    return true
  }

  private varint(): number {
    const { value, end } = readVarint(this.bytes, this.position, this.end)
    this.position = end
    return value
  }
}

/** Reads an unsigned varint that ends before `limit`. */
export function readVarint(bytes: Uint8Array, position: number, limit: number): { value: number; end: number } {
  let value = 0
  for (let n = 0; n < VARINT_BYTES_MAX && position + n < limit; n++) {
    const byte = bytes[position + n]!
    value += (byte & 0x7f) * PLACES[n]!
    if (byte < 0x80) {
      if (!Number.isSafeInteger(value)) break
      return { value, end: position + n + 1 }
    }
  }
  throw new RangeError(`no number up to 2^53 stands at byte ${position}`)
}

function isPossible(run: Run, last: Pair): boolean {
  if (run.source < 0 || run.target < 0 || run.sourceStride < 1 || run.targetStride < 1) return false
  return Number.isSafeInteger(last.source) && Number.isSafeInteger(last.target)
}
