import type { LogRecord } from './log-record.js'
import { parseContent } from './parse-records.js'

/**
 * What can be wrong with a target, in the words of Jepsen where it has them (reliability.md, 1.2):
 *
 * - `lost-write`: the source holds it and the target's copy went past it
 * - `duplicate`: the target holds it more often than the source
 * - `phantom`: the target holds it, the source never did
 * - `infidelity`: it is there, but key, value, headers or timestamp differ
 * - `order`: it is there, but at another place
 * - `expired-on-target`: retention removed it on the target, while the source still holds it
 * - `loop`: it came to the source from the target, and was copied back there
 * - `not-left-out`: the replicator has recorded that the target never took it, and the target holds it
 */
export const DIFFERENCE_KINDS = [
  'lost-write',
  'duplicate',
  'phantom',
  'infidelity',
  'order',
  'expired-on-target',
  'loop',
  'not-left-out',
] as const
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number]

export type RecordField = 'key' | 'value' | 'headers' | 'timestamp'

/** One difference, without the contents of records. */
export interface Difference {
  kind: DifferenceKind
  source: RecordSketch | undefined
  target: RecordSketch | undefined
  /** What differs, for `infidelity`. */
  fields: RecordField[]
}

/** What may be shown of a record: where it is, how large it is, and a hash to find it again. */
export interface RecordSketch {
  offset: number
  timestamp: number
  /** null is not empty. */
  keyBytes: number | null
  valueBytes: number | null
  headers: number
  /** The beginning of the SHA-256 of key, value and headers. */
  hash: string
}

const HASH_DIGITS = 12

export function sketchOf(record: LogRecord): RecordSketch {
  const { key, value, headers } = parseContent(record)
  return {
    offset: record.offset,
    timestamp: record.timestamp,
    keyBytes: key?.length ?? null,
    valueBytes: value?.length ?? null,
    headers: headers.length,
    hash: record.contentHash.slice(0, HASH_DIGITS),
  }
}

/** Whether a copy is what it should be. A timestamp that the target's broker set says nothing about the copy. */
export function isFaithful(source: LogRecord, target: LogRecord): boolean {
  return (target.hasAppendTime || source.timestamp === target.timestamp) && source.hasSameContent(target)
}

/** What differs between a record and its copy. */
export function differingFields(source: LogRecord, target: LogRecord): RecordField[] {
  const fields: RecordField[] = []
  const [one, other] = [parseContent(source), parseContent(target)]
  if (!sameBytes(one.key, other.key)) fields.push('key')
  if (!sameBytes(one.value, other.value)) fields.push('value')
  const sameHeaders =
    one.headers.length === other.headers.length &&
    one.headers.every(([name, value], i) => {
      const [otherName, otherValue] = other.headers[i] as (typeof other.headers)[number]
      return name.equals(otherName) && sameBytes(value, otherValue)
    })
  if (!sameHeaders) fields.push('headers')
  if (!target.hasAppendTime && source.timestamp !== target.timestamp) fields.push('timestamp')
  return fields
}

/**
 * Whether two different records are a record and its damaged copy rather than two records: all but one field agree,
 * and what agrees tells records apart.
 */
export function isDamagedCopy(source: LogRecord, target: LogRecord): boolean {
  const fields = differingFields(source, target)
  if (fields.length > 1) return false
  const { value } = parseContent(source)
  const sameTelling = (value !== null && value.length > 0 && !fields.includes('value')) || fields.length === 0
  return sameTelling || (!target.hasAppendTime && !fields.includes('timestamp'))
}

function sameBytes(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other)
}
