import type { OffsetMap } from '../offset-map/offset-map.js'
import type { RouteOf, WaysBack } from './group-route.js'
import { startForGroup, startOnOrigin } from './start-for-group.js'

/** A committed offset of the source, as it is on the target. */
export interface Translation {
  targetTopic: string
  /** Where the group begins there so that nothing is skipped; it may lie outside the log. Undefined: not known. */
  exact: number | undefined
  /** Why it is not known. */
  reason: string | undefined
  /** Everything before this source offset has been copied; null where there is nothing to copy. */
  copied: number | null
  sourceEnd: number | null
  targetEnd: number | null
  /** The maps that were asked: what was copied to the target, and what came back from there. */
  there: CountedMap | undefined
  back: CountedMap | undefined
}

export type CountedMap = Pick<OffsetMap, 'countBetween'>

const MAP_LOST = 'the offset map had to begin anew behind this offset (it could not be read)'

/**
 * Finds a committed offset on the target. Undefined for a topic that is not copied: such an offset is none of ours.
 * `ways` must have been refreshed before `routeOf` looks.
 */
export function translateOffset(
  { topic, partition, offset }: { topic: string; partition: number; offset: number },
  routeOf: RouteOf,
  ways: WaysBack,
): Translation | undefined {
  const route = routeOf(topic, partition)
  if (route === undefined) return onOrigin(topic, partition, offset, ways)
  if (typeof route === 'string') {
    return { ...NO_ROUTE, targetTopic: topic, reason: route }
  }
  const { targetTopic, there, copied, sourceEnd, targetEnd } = route
  const back = ways.wayBack(topic, partition, route)
  const exact = startForGroup(offset, there, back)
  const reason = exact === undefined ? MAP_LOST : undefined
  return { targetTopic, exact, reason, copied, sourceEnd, targetEnd, there: there.map, back: back?.map }
}

const NO_ROUTE = { exact: undefined, copied: null, sourceEnd: null, targetEnd: null, there: undefined, back: undefined }

/** What the group reads is the copy of a topic of the target: there, the original goes on. */
function onOrigin(topic: string, partition: number, offset: number, ways: WaysBack): Translation | undefined {
  const origin = ways.origin(topic, partition)
  if (origin === undefined) return undefined
  const exact = startOnOrigin(offset, origin.back)
  return { ...NO_ROUTE, targetTopic: origin.targetTopic, exact, reason: undefined, back: origin.back.map }
}
