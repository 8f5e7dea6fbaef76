import { beforeEach, describe, expect, test } from 'vitest'
import type { CommittedOffset } from '../../src/clusters/consumer-groups.js'
import {
  FollowedGroup,
  type FollowedOffset,
  isBehindWritten,
  isNewReset,
  stateOf,
} from '../../src/groups/followed-group.js'
import type { Translation } from '../../src/groups/translate.js'
import { stampText } from '../../src/policy/commit-stamp.js'

const NOW = 1_000_000

let group: FollowedGroup
beforeEach(() => {
  group = new FollowedGroup('g')
})

describe('what it takes', () => {
  test('offsets of copied topics, each with its translation; the others are left out', () => {
    group.take([at('a', 0, 5), at('private', 0, 5), at('a', 1, 7)], translate)
    expect(group.offsets.map(row => [row.topic, row.partition, row.committed.offset, row.translation.exact])).toEqual([
      ['a', 0, 5, 105],
      ['a', 1, 7, 107],
    ])
  })

  test('what is known of a partition stays with it, whatever comes and goes around it', () => {
    group.take([at('a', 0, 5), at('a', 1, 7)], translate)
    settle(rowOf(1))
    group.take([at('b', 0, 1), at('a', 1, 8)], translate)
    expect(rowOf(1)).toMatchObject({ target: { offset: 107 }, committed: { offset: 8 }, translation: { exact: 108 } })
    expect(group.offsets).toHaveLength(2)
  })

  test('the same offsets are translated again, since the copying has gone on', () => {
    const committed = [at('a', 0, 5)]
    group.take(committed, () => translation(103))
    settle(rowOf(0))
    group.take(committed, () => translation(105))
    expect(rowOf(0)).toMatchObject({ target: { offset: 103 }, translation: { exact: 105 } })
  })

  test('the same offsets, and a topic that is copied from now on, or not any more', () => {
    const committed = [at('a', 0, 5), at('late', 0, 5), at('z', 0, 5)]
    const without = (topic: string) => (offset: CommittedOffset) =>
      offset.topic === topic ? undefined : translate(offset)
    group.take(committed, without('late'))
    expect(group.offsets.map(({ topic }) => topic)).toEqual(['a', 'z'])
    group.take(committed, translate)
    expect(group.offsets.map(({ topic, translation: { exact } }) => [topic, exact])).toEqual([
      ['a', 105],
      ['late', 105],
      ['z', 105],
    ])
    group.take(committed, without('z'))
    expect(group.offsets.map(({ topic }) => topic)).toEqual(['a', 'late'])
    group.take(committed, without('a'))
    expect(group.offsets.map(({ topic }) => topic)).toEqual(['late', 'z'])
  })

  test('a group whose offsets are gone has none', () => {
    group.take([at('a', 0, 5)], translate)
    group.take([], translate)
    expect(group.offsets).toEqual([])
  })
})

describe('what the target is asked about', () => {
  beforeEach(() => {
    group.take([at('a', 0, 5), at('a', 1, 5)], translate)
    group.lookAgainAt = NOW + 30_000
    for (const row of group.offsets) settle(row)
  })

  test('nothing where all stands as it should', () => {
    expect(group.unsettled(NOW)).toEqual([])
  })

  test.each<[string, Partial<FollowedOffset>]>([
    ['nobody has looked yet', { target: 'unread' }],
    ['there is nothing', { target: undefined }],
    ['it is behind', { target: { offset: 104, metadata: '' } }],
    ['it was reset', { written: { offset: 107, sourceOffset: 7 }, target: { offset: 107, metadata: '' } }],
    [
      'it was reset further back than is settled',
      { written: { offset: 107, sourceOffset: 7 }, target: { offset: 107, metadata: '' }, resetTo: 6 },
    ],
  ])('that one where %s', (_what, change) => {
    Object.assign(rowOf(1), change)
    expect(group.unsettled(NOW)).toEqual([rowOf(1)])
  })

  test.each<[string, Partial<FollowedOffset>]>([
    ['it is further', { target: { offset: 106, metadata: '' } }],
    ['nobody knows where it would be', { target: 'unread', translation: translation(undefined) }],
    [
      'it was reset, which is settled',
      { written: { offset: 107, sourceOffset: 7 }, target: { offset: 107, metadata: '' }, resetTo: 5 },
    ],
    [
      'it was reset, which is settled, and has gone on since',
      { written: { offset: 107, sourceOffset: 7 }, target: { offset: 107, metadata: '' }, resetTo: 4 },
    ],
  ])('nothing where %s', (_what, change) => {
    Object.assign(rowOf(1), change)
    expect(group.unsettled(NOW)).toEqual([])
  })

  test('all when it is time to look or to write again, and nothing before it may be tried', () => {
    expect(group.unsettled(NOW + 29_999)).toEqual([])
    expect(group.unsettled(NOW + 30_000)).toHaveLength(2)
    group.lookAgainAt = Number.POSITIVE_INFINITY
    group.writeAgainAt = NOW + 1
    expect(group.unsettled(NOW + 1)).toHaveLength(2)
    group.quietUntil = NOW + 5_000
    expect([group.unsettled(NOW + 4_999).length, group.unsettled(NOW + 5_000).length]).toEqual([0, 2])
  })
})

test.each([
  ['never written', undefined, undefined, [false, true]],
  ['written from before', 4, undefined, [false, true]],
  ['written from here', 5, undefined, [false, true]],
  ['written from later', 6, undefined, [true, true]],
  ['settled here', 6, 5, [true, false]],
  ['settled further back', 6, 4, [true, false]],
  ['settled before it went further back', 6, 6, [true, true]],
] as const)('moved back to 5: %s', (_what, writtenFrom, resetTo, expected) => {
  const written = writtenFrom === undefined ? undefined : { offset: 1, sourceOffset: writtenFrom }
  const committed = at('a', 0, 5)
  expect([isBehindWritten({ written, committed }), isNewReset({ committed, resetTo })]).toEqual(expected)
})

describe('how one of its offsets stands', () => {
  const ours = (sourceOffset: number) => stampText({ replicatorId: 'me', generation: 1, sourceOffset })

  test.each<[string, Partial<FollowedOffset>, boolean, string]>([
    ['as it should', {}, false, 'synced'],
    ['refused', { refusal: 'no right' }, false, 'failed'],
    ['refused before it was found active', { refusal: 'no right' }, true, 'failed'],
    ['active', {}, true, 'active-on-target'],
    ['not looked at yet', { target: 'unread' }, false, 'syncing'],
    ['reset, by our stamp', { target: { offset: 107, metadata: ours(7) } }, false, 'reset-on-source'],
    [
      'reset, by what we remember',
      { target: { offset: 107, metadata: 'app' }, written: { offset: 107, sourceOffset: 7 } },
      ...([false, 'reset-on-source'] as const),
    ],
    ['further', { target: { offset: 107, metadata: '' } }, false, 'ahead-on-target'],
    ['before what is copied', { translation: { ...translation(105), copied: 4 } }, false, 'waiting-for-copy'],
  ])('%s', (_what, change, isActive, state) => {
    group.take([at('a', 0, 5)], translate)
    settle(rowOf(0))
    Object.assign(rowOf(0), change)
    expect(stateOf(rowOf(0), isActive, 'me')).toBe(state)
  })
})

function at(topic: string, partition: number, offset: number): CommittedOffset {
  return { topic, partition, offset, metadata: '' }
}

function translate({ topic, offset }: CommittedOffset): Translation | undefined {
  return topic === 'private' ? undefined : translation(offset + 100)
}

function translation(exact: number | undefined): Translation {
  const nothing = { reason: undefined, sourceEnd: null, targetEnd: null, there: undefined, back: undefined }
  return { targetTopic: 'a', exact, copied: 1_000, ...nothing }
}

function rowOf(partition: number): FollowedOffset {
  return group.offsets.find(row => row.topic === 'a' && row.partition === partition)!
}

/** As after a write that succeeded. */
function settle(row: FollowedOffset): void {
  const offset = row.translation.exact!
  row.target = { offset, metadata: '' }
  row.written = { offset, sourceOffset: row.committed.offset }
}
