import { isRecord } from '../shape.js'

/**
 * The tab-separated form: one line of scalars in key order, then each structure or list item on its own line under
 * its upper-cased key. Items of one list share their columns, so a missing scalar leaves an empty field.
 */
export function toText(result: unknown): string {
  const lines: string[] = []
  writeItem(result, undefined, undefined, lines)
  return lines.map(line => `${line}\n`).join('')
}

/** A scalar as Python writes it, which is what text and table output show. */
export function scalarText(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return String(value)
}

/** Whether the value has no members or items of its own. */
export function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

function writeItem(item: unknown, label: string | undefined, columns: string[] | undefined, lines: string[]): void {
  if (Array.isArray(item)) writeList(item, label, lines)
  else if (isRecord(item)) writeRecord(item, label, columns, lines)
  else lines.push(scalarText(item))
}

function writeList(items: unknown[], label: string | undefined, lines: string[]): void {
  if (items.some(isRecord)) {
    const columns = sharedColumns(items.filter(isRecord))
    for (const item of items) writeItem(item, label, columns, lines)
    return
  }
  const scalars = items.filter(isScalar)
  if (scalars.length > 0 && label === undefined) lines.push(scalars.map(scalarText).join('\t'))
  else for (const scalar of scalars) lines.push(`${label?.toUpperCase()}\t${scalarText(scalar)}`)
  for (const item of items) if (!isScalar(item)) writeItem(item, label, undefined, lines)
}

function writeRecord(
  record: Record<string, unknown>,
  label: string | undefined,
  columns: string[] | undefined,
  lines: string[],
): void {
  const keys = columns ?? sharedColumns([record])
  const fields = keys.map(key => (Object.hasOwn(record, key) ? scalarText(record[key]) : ''))
  if (fields.length > 0) lines.push((label === undefined ? fields : [label.toUpperCase(), ...fields]).join('\t'))
  const nested = Object.keys(record).filter(key => !keys.includes(key))
  for (const key of nested.sort()) writeItem(record[key], key, undefined, lines)
}

function sharedColumns(records: Record<string, unknown>[]): string[] {
  const keys = new Set<string>()
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) if (isScalar(value)) keys.add(key)
  }
  return [...keys].sort()
}
