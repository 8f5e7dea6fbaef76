import fc from 'fast-check'
import { expect, test } from 'vitest'
import { metadataFor, readStamp, stampText } from '../../src/policy/commit-stamp.js'

const STAMP = { replicatorId: '0a1b-2c', generation: 3, sourceOffset: 42 }

test('a stamp is short text that says whose translation of what it is', () => {
  expect(stampText(STAMP)).toBe('kafka-replicator:0a1b-2c:3:42')
})

test('what was written is read again, for every id that a replicator may have', () => {
  const stamps = fc.record({
    replicatorId: fc.stringMatching(/^[A-Za-z0-9._-]{1,60}$/),
    generation: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    sourceOffset: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  })
  fc.assert(
    fc.property(stamps, stamp => {
      expect(readStamp(stampText(stamp))).toEqual(stamp)
    }),
  )
})

test.each([
  '',
  'AgAAAY7Fm0Eg',
  'kafka-replicator:',
  'kafka-replicator:x:1',
  'kafka-replicator::1:2',
  'kafka-replicator:x:1:2:3',
  'kafka-replicator:x:-1:2',
  'kafka-replicator:x:1:2.5',
  'kafka-replicator:x y:1:2',
  ' kafka-replicator:x:1:2',
  'kafka-replicator:x:1:2\n',
  'Kafka-Replicator:x:1:2',
])('%j is no stamp', metadata => {
  expect(readStamp(metadata)).toBeUndefined()
})

test.each([
  ['nothing', '', stampText(STAMP)],
  ["an application's own", 'AgAAAY7Fm0Eg', 'AgAAAY7Fm0Eg'],
  ['what only looks like a stamp', 'kafka-replicator:mine', 'kafka-replicator:mine'],
  // It came over itself: what stands there speaks of another source offset.
  ["another replicator's stamp", 'kafka-replicator:other:9:7', stampText(STAMP)],
])('where the source has %s', (_what, metadata, expected) => {
  expect(metadataFor(metadata, STAMP)).toBe(expected)
})
