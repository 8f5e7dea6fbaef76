import { type CodecFunctions, loadCodec } from '../../src/codecs/codecs.js'
import { CommittedFilter } from '../../src/verification/committed-filter.js'
import { comparePartition, type PartitionComparison } from '../../src/verification/compare-partition.js'
import { LeftOut, NOTHING_LEFT_OUT } from '../../src/verification/left-out.js'
import type { RecordRun } from '../../src/verification/log-record.js'
import type { CompareScope } from '../../src/verification/partition-tally.js'
import { type ReadOptions, WantedBatches } from '../../src/verification/read-records.js'
import { readRun } from '../../src/verification/read-run.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { crc32c } from '../../src/wire/crc32c.js'
import { RecordBatch } from '../../src/wire/record-batch.js'

export interface TestRecord {
  key: string | null
  value: string | null
  headers?: [string, string | null][]
  timestamp: number
  /** Its offset; default one after the record before. */
  offset?: number
}

/** `count` records that differ from each other. */
export function distinctRecords(count: number, salt = ''): TestRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    key: n % 3 === 0 ? null : `k${n % 10}`,
    value: `${salt}value ${n}`,
    headers: n % 2 === 0 ? [] : [['h', `${n % 4}`]],
    timestamp: 1_000_000 + n,
  }))
}

/** A batch as a broker would hold it; offset deltas follow the records' offsets. */
export function encodeTestBatch(
  records: readonly (TestRecord & { offset: number })[],
  options: { producerId?: number; appendTime?: number; attributes?: number; lastOffset?: number } = {},
): RecordBatch {
  const [first, last] = [records[0]!, records.at(-1)!]
  const body = new ByteWriter()
  for (const { key, value, headers = [], timestamp, offset } of records) {
    const one = new ByteWriter()
    one
      .int8(0)
      .varint(timestamp - first.timestamp)
      .varint(offset - first.offset)
    for (const field of [key, value]) writeField(one, field)
    one.varint(headers.length)
    for (const [name, headerValue] of headers) {
      writeField(one, name)
      writeField(one, headerValue)
    }
    body.varint(one.size).raw(one.bytes())
  }
  const attributes = (options.attributes ?? 0) | (options.appendTime === undefined ? 0 : 0x08)
  const writer = new ByteWriter()
  writer
    .int64(first.offset)
    .int32(49 + body.size)
    .int32(0)
    .int8(2)
    .int32(0)
    .int16(attributes)
  writer.int32((options.lastOffset ?? last.offset) - first.offset).int64(first.timestamp)
  writer.int64(options.appendTime ?? Math.max(...records.map(({ timestamp }) => timestamp)))
  writer
    .int64(options.producerId ?? -1)
    .int16(-1)
    .int32(-1)
    .int32(records.length)
    .raw(body.bytes())
  const bytes = Buffer.from(writer.bytes())
  bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  return new RecordBatch(bytes, 0, bytes.length)
}

export interface LogShape {
  firstOffset?: number
  /** Records in each batch, repeated; default all in one. */
  batchSizes?: readonly number[]
  appendTime?: number
  /** What a reader of this log would begin with; default the first offset. */
  from?: number
}

const none: CodecFunctions = await loadCodec('NONE')

/** A log in memory, as the runs that a reader of a real one would give. */
export function runsOf(records: readonly TestRecord[], shape: LogShape = {}): RecordRun[] {
  const { firstOffset = 0, batchSizes = [Math.max(1, records.length)], appendTime } = shape
  let next = firstOffset
  const placed = records.map(record => {
    const offset = record.offset ?? next
    next = offset + 1
    return { ...record, offset }
  })
  const runs: RecordRun[] = []
  let expectedOffset = shape.from ?? firstOffset
  for (let at = 0, batch = 0; at < placed.length; batch++) {
    const size = batchSizes[batch % batchSizes.length]!
    const encoded = encodeTestBatch(placed.slice(at, at + size), appendTime === undefined ? {} : { appendTime })
    runs.push(readRun(encoded, none, { from: 0, to: Number.MAX_SAFE_INTEGER, expectedOffset })!)
    expectedOffset = encoded.lastOffset + 1
    at += size
  }
  return runs
}

/** Batches in the order of a log, each with the producer that wrote it. */
export function batchesOf(parts: readonly { producerId: number; records: readonly TestRecord[] }[]): RecordBatch[] {
  let next = 0
  return parts.map(({ producerId, records }) => {
    const placed = records.map(record => {
      const offset = record.offset ?? next
      next = offset + 1
      return { ...record, offset }
    })
    return encodeTestBatch(placed, { producerId })
  })
}

/** A log in memory, read as verify reads a real one. */
export async function readBatches(batches: readonly RecordBatch[], options: ReadOptions): Promise<RecordRun[]> {
  const wanted = new WantedBatches({ from: 0, to: Number.MAX_SAFE_INTEGER }, options, 'memory')
  const runs: RecordRun[] = []
  for (const batch of batches) {
    const run = await wanted.take(batch, new CommittedFilter([]))
    if (run !== undefined) runs.push(run)
  }
  return runs
}

export async function compareRuns(
  source: readonly RecordRun[],
  target: readonly RecordRun[],
  scope: Partial<CompareScope> = {},
): Promise<PartitionComparison> {
  const sourceTo = (source.at(-1)?.lastOffset ?? -1) + 1
  const targetTo = (target.at(-1)?.lastOffset ?? -1) + 1
  return await comparePartition(streamOf(source), streamOf(target), {
    requiredTo: sourceTo,
    copiedTo: sourceTo,
    sourceTo,
    targetTo,
    sourceStartMoved: false,
    targetStartMoved: false,
    leftOut: new LeftOut(NOTHING_LEFT_OUT),
    keepDifferences: 5,
    ...scope,
  })
}

/** The counts that are not zero. */
export function found({ counts, notCopiedYet }: PartitionComparison): Record<string, number> {
  return Object.fromEntries(Object.entries({ ...counts, notCopiedYet }).filter(([, count]) => count > 0))
}

async function* streamOf(runs: readonly RecordRun[]): AsyncGenerator<RecordRun> {
  yield* runs
}

function writeField(writer: ByteWriter, text: string | null): void {
  if (text === null) writer.varint(-1)
  else writer.varint(Buffer.byteLength(text)).raw(Buffer.from(text))
}
