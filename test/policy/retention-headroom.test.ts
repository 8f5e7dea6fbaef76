import { describe, expect, test } from 'vitest'
import { type Backlog, retentionHeadroom, retentionOf } from '../../src/policy/retention-headroom.ts'

const settings = (policy: string, ms?: string, bytes?: string) =>
  new Map(
    Object.entries({ 'cleanup.policy': policy, 'retention.ms': ms, 'retention.bytes': bytes }).flatMap(
      ([key, value]) => (value === undefined ? [] : [[key, value] as const]),
    ),
  )

const NOW = 1_700_000_000_000
/** 100 records behind, the oldest 10 s old, 1 KiB each, ten come a second. */
const BACKLOG: Backlog = {
  ...{ now: NOW, lag: 100, oldestAtLeast: NOW - 10_000 },
  ...{ bytesPerRecord: 1_024, recordsPerSecond: 10 },
}

describe('what the settings say', () => {
  test.each([
    ['time and size', settings('delete', '60000', '1048576'), { ms: 60_000, bytes: 1_048_576 }],
    ['-1 is no limit', settings('delete', '-1', '-1'), { ms: undefined, bytes: undefined }],
    ['both policies', settings('compact,delete', '60000'), { ms: 60_000, bytes: undefined }],
    ['a compacted topic keeps the newest of each key for ever', settings('compact', '60000'), undefined],
    ['no answer', new Map(), undefined],
  ])('%s', (_, given, expected) => expect(retentionOf(given)).toEqual(expected))
})

describe('headroom in seconds', () => {
  const time = { ms: 60_000, bytes: undefined }
  const size = { ms: undefined, bytes: 1_024 * 1_000 }
  test.each<[string, Parameters<typeof retentionHeadroom>[0], Partial<Backlog>, number | undefined]>([
    ['retention less the age of the oldest record', time, {}, 50],
    ['all of it when nothing is left to copy', time, { lag: 0, oldestAtLeast: undefined }, 60],
    ['none when it is overdue', time, { oldestAtLeast: NOW - 3_600_000 }, 0],
    ['no more than a record has, though a clock is ahead', time, { oldestAtLeast: NOW + 3_600_000 }, 60],
    ['unknown while the lag is', time, { lag: null }, undefined],
    ['unknown while the age of the oldest record is', time, { oldestAtLeast: undefined }, undefined],
    ['by size: until what comes pushes it out', size, {}, 90],
    ['by size: none when more is left than it keeps', size, { lag: 2_000 }, 0],
    ['by size: for ever while nothing comes', size, { recordsPerSecond: 0 }, undefined],
    ['the sooner of both', { ms: 200_000, bytes: 1_024 * 1_000 }, {}, 90],
    [
      'size alone does not stand for an unknown time',
      { ms: 60_000, bytes: 1_024 },
      { oldestAtLeast: undefined },
      undefined,
    ],
    ['an unknown rate leaves the time', { ms: 60_000, bytes: 1 }, { recordsPerSecond: undefined }, 50],
    ['never, without limits', { ms: undefined, bytes: undefined }, {}, undefined],
  ])('%s', (_, retention, changes, expected) =>
    expect(retentionHeadroom(retention, { ...BACKLOG, ...changes })).toBe(expected),
  )
})
