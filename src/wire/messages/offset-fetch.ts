import type { Api } from '../api.js'
import type { ByteReader } from '../byte-reader.js'
import type { ByteWriter } from '../byte-writer.js'

export interface CommittedOffset {
  topic: string
  partition: number
  /** The next record to read. One beyond 2^53, which no log reaches, reads as 2^53 - 1. */
  offset: number
  metadata: string
}

/** What a broker says of one group's offsets. */
export interface GroupOffsets {
  /** The group's refusal, or else the first one of a partition; 0 for none. */
  errorCode: number
  /** Without partitions that have none. */
  offsets: readonly CommittedOffset[]
  /** The part of the answer that says so, to know it again. */
  bytes: Buffer
}

/** What was answered last: where the same bytes come again, so does the same object. */
export type KnownOffsets = ReadonlyMap<string, GroupOffsets>

/**
 * What an open transaction is about to commit has consumed nothing yet, so we want the offsets before it, and no refusal.
 */
const REQUIRE_STABLE = false

/*
 * Version 8 (Kafka 3.0 … 4.x) is the first that takes many groups (KIP-709). Null topics ask for all that have offsets
 * and may be described by us.
 *
 * OffsetFetch Request (Version: 8) => [groups] require_stable _tags
 *   groups => group_id [topics] _tags
 * OffsetFetch Response (Version: 8) => throttle_time_ms [groups] _tags
 *   groups => group_id GroupOffsets
 *
 * GroupOffsets => [topics] error_code _tags
 *   topics => name [partitions] _tags
 *     partitions => partition_index committed_offset committed_leader_epoch metadata error_code _tags
 */
export function offsetFetchOfMany(known: KnownOffsets): Api<readonly string[], Map<string, GroupOffsets>> {
  return {
    ...OFFSET_FETCH_OF_MANY,
    write: (writer, groups) => {
      writer.compactArray(groups, group => writeGroup(writer, group).noTags())
      writer.bool(REQUIRE_STABLE).noTags()
    },
    read: reader => {
      reader.int32()
      const groups = reader.compactArray(() => {
        const group = reader.compactString()
        return [group, readOrRecognise(reader, known.get(group))] as const
      })
      reader.skipTags()
      return new Map(groups)
    },
  }
}
export const OFFSET_FETCH_OF_MANY = { name: 'OffsetFetch', key: 9, version: 8, flexible: true } as const

/*
 * Version 7 (Kafka 2.5 … 4.x) is the last that takes one group.
 *
 * OffsetFetch Request (Version: 7) => group_id [topics] require_stable _tags
 * OffsetFetch Response (Version: 7) => throttle_time_ms GroupOffsets
 */
export function offsetFetchOfOne(known: KnownOffsets, group: string): Api<undefined, GroupOffsets> {
  return {
    ...{ name: 'OffsetFetch', key: 9, version: 7, flexible: true },
    write: writer => {
      writeGroup(writer, group).bool(REQUIRE_STABLE).noTags()
    },
    read: reader => {
      reader.int32()
      return readOrRecognise(reader, known.get(group))
    },
  }
}

function writeGroup(writer: ByteWriter, group: string): ByteWriter {
  return writer.compactString(group).compactNull()
}

/**
 * The same bytes are stepped over: they say themselves where they end, so what begins with a whole part and has it before,
 * ends where that ended. Of a thousand groups hardly any changes within a second.
 */
function readOrRecognise(reader: ByteReader, known: GroupOffsets | undefined): GroupOffsets {
  const { buffer, position } = reader
  const knownEnd = position + (known?.bytes.length ?? 0)
  if (known && knownEnd <= buffer.length && known.bytes.compare(buffer, position, knownEnd) === 0) {
    reader.skip(known.bytes.length)
    return known
  }
  const read = readGroupOffsets(reader)
  // A copy: a part would keep the whole answer in memory.
  return { ...read, bytes: Buffer.from(buffer.subarray(position, reader.position)) }
}

function readGroupOffsets(reader: ByteReader): Omit<GroupOffsets, 'bytes'> {
  const offsets: CommittedOffset[] = []
  let partitionError = 0
  reader.compactArray(() => {
    const topic = reader.compactString()
    reader.compactArray(() => {
      const [partition, offset] = [reader.int32(), readOffset(reader)]
      reader.int32()
      const [metadata, errorCode] = [reader.compactNullableString() ?? '', reader.int16()]
      reader.skipTags()
      partitionError ||= errorCode
      if (offset >= 0) offsets.push({ topic, partition, offset, metadata })
    })
    reader.skipTags()
  })
  const errorCode = reader.int16()
  reader.skipTags()
  return { errorCode: errorCode || partitionError, offsets }
}

/** Anybody may commit any int64, and one such offset must not make the answers of all other groups unreadable. */
function readOffset(reader: ByteReader): number {
  const value = Number(reader.buffer.readBigInt64BE(reader.skip(8)))
  return Math.min(value, Number.MAX_SAFE_INTEGER)
}
