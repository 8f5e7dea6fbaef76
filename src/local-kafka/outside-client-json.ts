import type {
  Bytes,
  ConsumedRecord,
  OffsetToCommit,
  OutsideRecord,
  PartitionDigest,
  ReadRecord,
} from './outside-client-types.js'

/** What the Java half reads and writes as JSON: bytes as base64, offsets as numbers. */

/** A type as it comes in JSON, with numbers where we have bigint. */
export type Raw<Type, Fields extends keyof Type> = Omit<Type, Fields> & Record<Fields, number>
export type RawDigest = Omit<PartitionDigest, 'firstOffset' | 'lastOffset'> &
  Record<'firstOffset' | 'lastOffset', number | null>
export interface RawReadRecord extends Omit<ReadRecord, 'offset' | 'key' | 'value' | 'headers'> {
  offset: number
  key: string | null
  value: string | null
  headers: [string, string | null][]
}

export type RawConsumedRecord = Omit<RawReadRecord, 'timestamp' | 'timestampType' | 'headers'> & { topic: string }

export function rawRecord(record: OutsideRecord): object {
  const headers = (record.headers ?? []).map(([key, value]) => [key, base64(value)])
  return { ...record, key: base64(record.key ?? null), value: base64(record.value), headers }
}

export function readRecord(raw: RawReadRecord): ReadRecord {
  return {
    ...raw,
    offset: BigInt(raw.offset),
    key: fromBase64(raw.key),
    value: fromBase64(raw.value),
    headers: raw.headers.map(([key, value]) => [key, fromBase64(value)]),
  }
}

export function consumedRecord(raw: RawConsumedRecord): ConsumedRecord {
  return { ...raw, offset: BigInt(raw.offset), key: fromBase64(raw.key), value: fromBase64(raw.value) }
}

/** Offsets to commit, as JSON takes them. */
export function rawOffsets(offsets: readonly OffsetToCommit[]): object[] {
  return offsets.map(one => ({ ...one, offset: Number(one.offset) }))
}

function base64(bytes: Bytes): string | null {
  return bytes === null ? null : Buffer.from(bytes as string).toString('base64')
}

function fromBase64(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'base64')
}

export function bigintOrNull(value: number | null): bigint | null {
  return value === null ? null : BigInt(value)
}

export function mapValues<From, To>(
  object: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
}
