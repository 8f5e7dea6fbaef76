import { describe, expect, test } from 'vitest'
import type { GroupRoute, WaysBack } from '../../src/groups/group-route.js'
import type { WayBack } from '../../src/groups/start-for-group.js'
import { translateOffset } from '../../src/groups/translate.js'
import { OffsetMap } from '../../src/offset-map/offset-map.js'

/** Records 0 … 9 of the source lie at 100, 102 … 118 of the target. */
const map = mapOf({ source: 0, target: 100 })
const route: GroupRoute = {
  targetTopic: 'a.orders',
  there: { map, begin: 100, onTheWayTo: undefined, completeFrom: 0 },
  ...{ sourceTopicId: 'ss', targetTopicId: 'tt', copied: 10, sourceEnd: 12, targetEnd: 119 },
}
const NO_WAYS: WaysBack = { wayBack: () => undefined, origin: () => undefined }
const at = (offset: number) => ({ topic: 'orders', partition: 0, offset })

test.each([
  ['at the first record', 0, 100],
  ['in the middle', 4, 108],
  ['at the last record', 9, 118],
  ['behind all that is copied', 10, 119],
  ['beyond it', 5_000, 119],
])('%s', (_what, offset, exact) => {
  const known = { targetTopic: 'a.orders', copied: 10, sourceEnd: 12, targetEnd: 119 }
  expect(translateOffset(at(offset), () => route, NO_WAYS)).toMatchObject({ ...known, exact, reason: undefined })
})

test('a topic that is not copied is none of ours', () => {
  expect(translateOffset(at(4), () => undefined, NO_WAYS)).toBeUndefined()
})

test('a topic that is copied, but not now: it says why', () => {
  const answer = translateOffset(at(4), () => 'the copying has not begun', NO_WAYS)
  expect(answer).toMatchObject({ exact: undefined, reason: 'the copying has not begun', copied: null })
})

test('a map that had to begin anew: what lies before is not known, what lies behind is', () => {
  const anew: GroupRoute = { ...route, there: { ...route.there, completeFrom: 5 } }
  expect(translateOffset(at(4), () => anew, NO_WAYS)).toMatchObject({
    exact: undefined,
    reason: expect.stringContaining('had to begin anew'),
  })
  expect(translateOffset(at(5), () => anew, NO_WAYS)).toMatchObject({ exact: 110, reason: undefined })
})

describe('with a replicator of the other direction', () => {
  /** Records 50 … 59 of the target have come to the source, as 20, 22 … */
  const back: WayBack = { map: mapOf({ source: 50, target: 20 }), begin: 40, read: 60, completeFrom: 0 }

  test('it bounds the offset, and both maps can be asked how much would be read again', () => {
    const ways: WaysBack = { ...NO_WAYS, wayBack: () => back }
    expect(translateOffset(at(4), () => route, ways)).toMatchObject({ exact: 50, there: map, back: back.map })
  })

  test('the partition and both topics are what it is asked about', () => {
    const asked: unknown[] = []
    const ways: WaysBack = { ...NO_WAYS, wayBack: (...question) => void asked.push(question) }
    translateOffset({ ...at(4), partition: 7 }, () => route, ways)
    expect(asked).toEqual([['orders', 7, route]])
  })

  test.each([
    ['before the first record', 0, 50],
    ['in the middle', 22, 51],
    ['between two', 23, 52],
    ['behind all: where it has read to', 500, 60],
  ])('a copy of a topic of the target goes on there as the original: %s', (_what, offset, exact) => {
    const ways: WaysBack = { ...NO_WAYS, origin: () => ({ targetTopic: 'orders', back }) }
    const own = { topic: 'b.orders', partition: 0, offset }
    expect(translateOffset(own, () => undefined, ways)).toMatchObject({ targetTopic: 'orders', exact, copied: null })
  })
})

/** Ten records, without holes on the source; on the target there is a marker behind each. */
function mapOf({ source, target }: { source: number; target: number }): OffsetMap {
  const map = new OffsetMap()
  for (let n = 0; n < 10; n++) {
    map.append({ source: source + n, target: target + 2 * n, count: 1 })
  }
  return map
}
