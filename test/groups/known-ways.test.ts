import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CommittedOffset } from '../../src/clusters/consumer-groups.js'
import { FollowedGroup } from '../../src/groups/followed-group.js'
import type { GroupRoute, WaysBack } from '../../src/groups/group-route.js'
import { KnownWays } from '../../src/groups/known-ways.js'
import { translateOffset } from '../../src/groups/translate.js'
import { OffsetMap } from '../../src/offset-map/offset-map.js'

const PARTITIONS = [0, 1, 2] as const

/** The world as it is at this moment: everything that a translation may depend on, each of which may change. */
class World implements WaysBack {
  readonly map = new OffsetMap()
  onTheWayTo: number | undefined
  copied = 0
  targetEnd = 0
  /** Partitions from this one on have no route (a string), or are not copied at all (undefined). */
  routes = 3
  without: string | undefined = 'the copying of the partition has not begun'
  back: { map: OffsetMap; begin: number; read: number; completeFrom: number } | undefined
  asked = 0

  routeOf = (_topic: string, partition: number): GroupRoute | string | undefined => {
    this.asked++
    if (partition >= this.routes) return this.without
    const { map, onTheWayTo, copied, targetEnd } = this
    const there = { map, begin: 0, onTheWayTo, completeFrom: 0 }
    const ids = { sourceTopicId: 's', targetTopicId: 't' }
    return { targetTopic: 'orders', there, ...ids, copied, sourceEnd: 1_000, targetEnd }
  }

  wayBack() {
    return this.back
  }

  origin() {
    return undefined
  }
}

function committedAt(offset: number): CommittedOffset[] {
  return PARTITIONS.map(partition => ({ topic: 'orders', partition, offset, metadata: '' }))
}

type Change = (world: World) => void
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constant<Change>(() => {}),
  fc.nat(5).map<Change>(gap => world => {
    const { last } = world.map
    world.map.append({ source: (last?.source ?? -1) + 1 + gap, target: (last?.target ?? -1) + 1 + (gap % 2), count: 3 })
  }),
  fc.nat(9).map<Change>(count => world => world.map.dropLast(count)),
  fc.nat(30).map<Change>(offset => world => Object.assign(world, { copied: offset })),
  fc.nat(30).map<Change>(offset => world => Object.assign(world, { targetEnd: offset })),
  fc
    .option(fc.nat(30), { nil: undefined })
    .map<Change>(offset => world => Object.assign(world, { onTheWayTo: offset })),
  fc.nat(3).map<Change>(routes => world => Object.assign(world, { routes })),
  fc.constantFrom('not begun', 'created anew', undefined).map<Change>(text => world => {
    world.without = text
  }),
  fc.nat(30).map<Change>(read => world => {
    world.back = { map: new OffsetMap(), begin: 0, read, completeFrom: 0 }
  }),
)

/** What happens between two rounds; whether the group could be asked then, and where it stands. */
const history = fc.array(
  fc.record({ changes: fc.array(change, { maxLength: 2 }), isAsked: fc.boolean(), offset: fc.constantFrom(2, 7) }),
  { maxLength: 12 },
)

describe('the ways of all partitions', () => {
  test('whatever changes, and in whichever rounds a group is asked: its offsets are where they would be found anew', () => {
    fc.assert(
      fc.property(history, rounds => {
        const world = new World()
        const ways = new KnownWays(world.routeOf, world)
        const [group, other] = [new FollowedGroup('readers'), new FollowedGroup('others')]
        const commits = new Map([2, 7].map(offset => [offset, committedAt(offset)]))
        for (const { changes, isAsked, offset } of rounds) {
          for (const apply of changes) apply(world)
          ways.begin()
          other.take(commits.get(2)!, translateBy(ways), ways)
          if (isAsked) {
            const committed = commits.get(offset)!
            group.take(committed, translateBy(ways), ways)
            const found = group.offsets.map(({ partition, translation }) => ({ partition, translation }))
            expect(found).toEqual(foundAnew(committed, world))
          }
          ways.forgetUnasked()
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('a thousand groups ask once a round, and nothing is translated again while nothing changes', () => {
    const world = Object.assign(new World(), { routes: 2, without: undefined })
    const ways = new KnownWays(world.routeOf, world)
    const groups = Array.from({ length: 1_000 }, (_, n) => new FollowedGroup(`readers-${n}`))
    const committed = committedAt(2)
    const round = () => {
      ways.begin()
      for (const group of groups) group.take(committed, translateBy(ways), ways)
      ways.forgetUnasked()
      return groups.map(group => group.offsets[0]?.translation)
    }
    const first = round()
    expect(world.asked).toBe(PARTITIONS.length)
    expect(round().every((translation, n) => translation === first[n])).toBe(true)
    expect(world.asked).toBe(2 * PARTITIONS.length)
    world.map.append({ source: 0, target: 0, count: 3 })
    expect(round().some((translation, n) => translation === first[n])).toBe(false)
  })

  test('a partition that nobody asks for any more is forgotten', () => {
    const world = new World()
    const ways = new KnownWays(world.routeOf, world)
    ways.begin()
    expect(ways.hasChangedSince(0, 'orders', 0)).toBe(true)
    ways.begin()
    ways.forgetUnasked()
    ways.begin()
    expect(ways.hasChangedSince(2, 'orders', 0)).toBe(true)
  })
})

function translateBy(ways: KnownWays) {
  return (offset: CommittedOffset) => translateOffset(offset, ways.routeOf, ways)
}

function foundAnew(committed: readonly CommittedOffset[], world: World) {
  return committed.flatMap(offset => {
    const translation = translateOffset(offset, world.routeOf, world)
    return translation ? [{ partition: offset.partition, translation }] : []
  })
}
