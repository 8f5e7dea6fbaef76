import { expect, test } from 'vitest'
import { OffsetMap } from '../../src/offset-map/offset-map.ts'
import { judgeGroups } from '../../src/replication/judge-groups.ts'
import type { ReadGroup } from '../../src/replication/read-group-offsets.ts'
import { placeKey } from '../../src/wire/place.ts'

const PLACE = { topic: 'orders', partition: 0 }

/** Ten records, copied to the same offsets. */
function context() {
  const map = new OffsetMap()
  map.append({ source: 0, target: 0, count: 10 })
  const there = { map, begin: 0, onTheWayTo: undefined, completeFrom: 0 }
  const route = { targetTopic: 'orders', there, sourceTopicId: 'a', targetTopicId: 'b' }
  return {
    replicatorId: 'r-1',
    routeOf: () => ({ ...route, copied: 10, sourceEnd: 10, targetEnd: 10 }),
    ways: { wayBack: () => undefined, origin: () => undefined },
    sourceEndOf: () => 10,
    boundsOf: () => ({ start: 0, end: 10 }),
  }
}

/** It has committed 8 on the source by now; on the target it stands where it was before. */
function moved(sourceState: string, before: number): ReadGroup {
  return {
    ...{ group: 'billing', sourceState, targetState: 'Empty' },
    source: [{ ...PLACE, offset: 8, metadata: '' }],
    target: [{ ...PLACE, offset: before, metadata: '' }],
    before: new Map([[placeKey(PLACE), before]]),
  }
}

test.each([
  ['a group that reads on is judged where it was a moment ago', 'Stable', 'synced', 0],
  ['one that rebalances may read on', 'PreparingRebalance', 'synced', 0],
  ['one that has stopped is judged where it stopped', 'Empty', 'syncing', 3],
])('%s', (_, sourceState, state, readAgain) => {
  const [judged] = judgeGroups([moved(sourceState, 5)], context())
  expect(judged?.topics[0]).toMatchObject({ state, readAgain })
})
