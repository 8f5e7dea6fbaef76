import type { WayBack, WayThere } from './start-for-group.js'

/** How the offsets of one source partition are found on the target, as it is known at this moment. */
export interface GroupRoute {
  targetTopic: string
  there: WayThere
  /** The ids of both topics, hex: what another replicator has noted may be about former ones. */
  sourceTopicId: string
  targetTopicId: string
  /** Everything before this source offset has been copied or passed over. */
  copied: number
  /** The ends of both logs, as far as they are known. */
  sourceEnd: number | null
  targetEnd: number | null
}

/** The route of a source partition; a sentence where there is none though the topic is copied; undefined where it is not. */
export type RouteOf = (sourceTopic: string, partition: number) => GroupRoute | string | undefined

/** What the replicators of the other direction tell; see `Counterparts`. */
export interface WaysBack {
  wayBack(sourceTopic: string, partition: number, route: GroupRoute): WayBack | undefined
  /** A source topic that is the copy of one of the target's (`B.orders`): which that is, and the way of its copy. */
  origin(sourceTopic: string, partition: number): { targetTopic: string; back: WayBack } | undefined
}
