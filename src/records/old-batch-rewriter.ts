import { withRightHeaderChecksum } from '../codecs/lz4.js'
import { type ByteRange, type OldMessage, oldMessagesIn } from '../wire/old-messages.js'
import { BATCH_HEADER_BYTES, type RecordBatch } from '../wire/record-batch.js'
import { varintSize, writeVarint } from '../wire/record-walk.js'
import { BatchBuilder, type BuiltBatch } from './batch-builder.js'
import type { RewriteOptions } from './batch-rewriter.js'
import type { LoadedCodec } from './codec-shelf.js'

/** Messages that lie in one buffer, with the offsets and times that a consumer sees. */
interface OpenedMessages {
  bytes: Buffer
  messages: OldMessage[]
}

/**
 * The rewrite lane for a message of format 0 or 1: it, or the messages compressed in it, in new batches of format 2,
 * same order, same keys, values and times. Format 0 has no times: its records have -1, as consumers of the source get
 * it, and brokers take that whatever they ask of times (Kafka: `LogValidator.validateTimestamp`). Throws RangeError or
 * CodecError where the bytes are not what they should be. `dropped` counts those left out by `dropRecords`.
 */
export function rewriteOldBatch(batch: RecordBatch, options: RewriteOptions): BuiltBatch[] {
  const { fromOffset, maxBytes, maxRecords, target } = options
  const { bytes, messages } = opened(batch, options.source)
  const batches: BuiltBatch[] = []
  const newBuilder = () => new BatchBuilder(Buffer.allocUnsafe(Math.min(maxBytes, bytes.length + BATCH_HEADER_BYTES)))
  let builder = newBuilder()
  for (const { key, value, timestamp, offset } of messages) {
    if (offset < fromOffset) continue
    const rest = restOf(bytes, key, value)
    if (!builder.isEmpty && (builder.recordCount >= maxRecords || !builder.fits(rest.length, maxBytes))) {
      batches.push(builder.build(target.codec, target.compress))
      builder = newBuilder()
    }
    builder.add({ source: rest, restStart: 0, end: rest.length, attributes: 0, timestamp, sourceOffset: offset })
  }
  if (!builder.isEmpty) batches.push(builder.build(target.codec, target.compress))
  return batches
}

function opened(batch: RecordBatch, codec: LoadedCodec): OpenedMessages {
  const [outer] = [...oldMessagesIn(batch.bytes)]
  if (outer === undefined) throw new RangeError('a message is empty')
  if (!outer.isCompressed) return { bytes: batch.bytes, messages: [outer] }
  if (outer.value === null) throw new RangeError('a compressed message has no value')
  const compressed = batch.bytes.subarray(outer.value.start, outer.value.end)
  const isBrokenFrame = codec.codec === 'LZ4' && outer.magic === 0
  const bytes = codec.decompress(isBrokenFrame ? withRightHeaderChecksum(compressed) : compressed)
  return { bytes, messages: asConsumed(outer, [...oldMessagesIn(bytes)]) }
}

/**
 * The messages of a wrapper with absolute offsets, and with its time where a broker has set that (Kafka:
 * `AbstractLegacyRecordBatch.DeepRecordsIterator`).
 */
function asConsumed(wrapper: OldMessage, inside: OldMessage[]): OldMessage[] {
  const last = inside.at(-1)
  if (last === undefined) throw new RangeError('a compressed message holds no messages')
  const base = wrapper.magic === 1 ? wrapper.offset - last.offset : 0
  let previous = -1
  return inside.map(message => {
    const offset = base + message.offset
    // Else the position behind the wrapper would not be the one behind its records.
    if (offset <= previous || offset > wrapper.offset) throw new RangeError('messages inside one are not in order')
    previous = offset
    if (message.isCompressed) throw new RangeError('a message inside a compressed one is compressed again')
    const takesTime = wrapper.hasLogAppendTime && message.magic === 1
    return { ...message, offset, timestamp: takesTime ? wrapper.timestamp : message.timestamp }
  })
}

/** What stands behind the deltas of a record of format 2: lengths and bytes of key and value, and no headers. */
function restOf(bytes: Buffer, key: ByteRange | null, value: ByteRange | null): Buffer {
  const rest = Buffer.allocUnsafe(fieldBytes(key) + fieldBytes(value) + 1)
  let position = 0
  for (const field of [key, value]) {
    position = writeVarint(rest, position, lengthOf(field))
    if (field !== null) position += bytes.copy(rest, position, field.start, field.end)
  }
  rest[position] = 0
  return rest
}

function fieldBytes(field: ByteRange | null): number {
  const length = lengthOf(field)
  return varintSize(length) + Math.max(0, length)
}

function lengthOf(field: ByteRange | null): number {
  return field === null ? -1 : field.end - field.start
}
