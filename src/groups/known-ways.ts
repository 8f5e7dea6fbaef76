import type { GroupRoute, RouteOf, WaysBack } from './group-route.js'
import type { WayBack } from './start-for-group.js'

type Route = ReturnType<RouteOf>
type Origin = ReturnType<WaysBack['origin']>

interface KnownWay {
  route: Route
  back: WayBack | undefined
  origin: Origin
  /** `changes` of the route's map when it was asked: the map itself goes on. */
  mapChanges: number
  /** The last round in which it was asked, and in which it was another one than before. */
  askedIn: number
  changedIn: number
}

/**
 * The ways of all partitions, asked once a round, however many groups have offsets there: of a thousand groups on a
 * hundred partitions hardly any moves within half a second, and where no way has changed, no offset is elsewhere now.
 */
export class KnownWays implements WaysBack {
  private readonly askRoute: RouteOf
  private readonly ways: WaysBack
  private known = new Map<string, Map<number, KnownWay>>()
  /** The number of this round. */
  round = 0
  readonly routeOf: RouteOf = (topic, partition) => this.at(topic, partition).route

  constructor(routeOf: RouteOf, ways: WaysBack) {
    this.askRoute = routeOf
    this.ways = ways
  }

  /** What is answered from now on is new. `ways` must have been refreshed before; nothing may move until the round is over. */
  begin(): void {
    this.round++
  }

  wayBack(topic: string, partition: number): WayBack | undefined {
    return this.at(topic, partition).back
  }

  origin(topic: string, partition: number): Origin {
    return this.at(topic, partition).origin
  }

  /** Whether an offset of this partition may have another translation than in that round. */
  hasChangedSince(round: number, topic: string, partition: number): boolean {
    return this.at(topic, partition).changedIn > round
  }

  /** At the end of a round: forgets partitions that nobody has asked for in it. */
  forgetUnasked(): void {
    for (const [topic, partitions] of this.known) {
      for (const [partition, { askedIn }] of partitions) if (askedIn !== this.round) partitions.delete(partition)
      if (partitions.size === 0) this.known.delete(topic)
    }
  }

  private at(topic: string, partition: number): KnownWay {
    const known = this.known.get(topic)?.get(partition)
    if (known?.askedIn === this.round) return known
    const now = this.ask(topic, partition)
    if (known && isSame(known, now)) {
      known.askedIn = this.round
      return known
    }
    const partitions = this.known.get(topic) ?? new Map<number, KnownWay>()
    this.known.set(topic, partitions.set(partition, now))
    return now
  }

  private ask(topic: string, partition: number): KnownWay {
    const route = this.askRoute(topic, partition)
    const [askedIn, changedIn] = [this.round, this.round]
    if (typeof route !== 'object') {
      const origin = route === undefined ? this.ways.origin(topic, partition) : undefined
      return { route, back: undefined, origin, mapChanges: 0, askedIn, changedIn }
    }
    const back = this.ways.wayBack(topic, partition, route)
    return { route, back, origin: undefined, mapChanges: route.there.map.changes, askedIn, changedIn }
  }
}

function isSame(before: KnownWay, now: KnownWay): boolean {
  return (
    before.back === now.back &&
    before.origin?.targetTopic === now.origin?.targetTopic &&
    before.origin?.back === now.origin?.back &&
    before.mapChanges === now.mapChanges &&
    isSameRoute(before.route, now.route)
  )
}

function isSameRoute(before: Route, now: Route): boolean {
  if (typeof before !== 'object' || typeof now !== 'object') return before === now
  return isSameThere(before, now) && isSameBeside(before, now)
}

function isSameThere({ there: before }: GroupRoute, { there: now }: GroupRoute): boolean {
  return (
    before.map === now.map &&
    before.begin === now.begin &&
    before.onTheWayTo === now.onTheWayTo &&
    before.completeFrom === now.completeFrom
  )
}

function isSameBeside(before: GroupRoute, now: GroupRoute): boolean {
  return (
    before.targetTopic === now.targetTopic &&
    before.sourceTopicId === now.sourceTopicId &&
    before.targetTopicId === now.targetTopicId &&
    before.copied === now.copied &&
    before.sourceEnd === now.sourceEnd &&
    before.targetEnd === now.targetEnd
  )
}
