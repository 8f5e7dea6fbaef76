import { OffsetMap } from '../../../src/offset-map/offset-map.js'
import type { Notes } from './notes.js'
import type { Truth } from './truth.js'

/** What is wrong with the offset map of a partition as it was noted last; every pair is compared with both logs. */
export function wrongInMap(truth: Truth, notes: Notes): string | undefined {
  const { topic, partition, pairs } = truth
  const note = notes.partition(topic, partition)
  if (!note || !pairs) return undefined
  const { number, bytes } = note.openSegment
  const closed = notes.segments(note.sourceTopicId, topic, partition)
  const map = OffsetMap.load(closed, { number, bytes: Buffer.from(bytes, 'base64') })
  const right = new Map(pairs.map(pair => [pair.source, pair]))
  let held = 0
  for (let at = map.first?.source; at !== undefined; ) {
    const target = map.targetFor(at)
    if (target === undefined) break
    const source = map.sourceFor(target)!
    const expected = right.get(source)
    if (expected?.target !== target) {
      return `the offset map of ${truth.name} says ${source} → ${target}, the logs say → ${expected?.target}`
    }
    right.delete(source)
    held++
    at = source + 1
  }
  if (held !== map.recordCount) {
    return `the offset map of ${truth.name} counts ${map.recordCount} records and shows ${held}`
  }
  for (const { source, target, mayLack } of right.values()) {
    if (!mayLack) return `the offset map of ${truth.name} lacks ${source} → ${target}`
  }
  return undefined
}
