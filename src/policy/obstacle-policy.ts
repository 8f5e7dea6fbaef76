import type { Obstacle } from './obstacles.js'

/** What the operator wants done where a partition cannot simply go on (`run --on-truncation …`). */
export interface ObstaclePolicy {
  /** `skip`: go on behind what is gone, with the gap recorded. */
  onTruncation: 'stop' | 'skip'
  /** `restart`: copy the new topic from its beginning · `ignore`: copy it no more, and that is no failure. */
  onTopicRecreated: 'stop' | 'restart' | 'ignore'
  /** `skip`: leave the refused records out, each recorded. */
  onPoison: 'stop' | 'skip'
}

/** Never a silent gap: unless told otherwise, what cannot go on stops and waits for a person. */
export const STOP_ALWAYS: ObstaclePolicy = { onTruncation: 'stop', onTopicRecreated: 'stop', onPoison: 'stop' }

/** What becomes of a partition at an obstacle. */
export type ObstacleVerdict = 'hold' | 'skip' | 'restart' | 'ignore'

export function decideObstacle(obstacle: Obstacle, policy: ObstaclePolicy): ObstacleVerdict {
  switch (obstacle.kind) {
    case 'truncated':
      return policy.onTruncation === 'skip' ? 'skip' : 'hold'
    // Without the epoch of what was read, nobody can say where the logs part.
    case 'diverged':
      return policy.onTruncation === 'skip' && obstacle.epoch >= 0 ? 'skip' : 'hold'
    case 'recreated':
      return policy.onTopicRecreated === 'stop' ? 'hold' : policy.onTopicRecreated
    // With `restart` it is created anew with the next round, and then another one.
    case 'gone':
      return policy.onTopicRecreated === 'ignore' ? 'ignore' : 'hold'
    case 'poison':
      return policy.onPoison === 'skip' ? 'skip' : 'hold'
  }
}

/** What to do about a held partition, for the message. */
export function wayOut(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'truncated':
    case 'diverged':
      return 'start with --on-truncation skip to go on behind it, with the gap recorded'
    case 'recreated':
    case 'gone':
      return 'start with --on-topic-recreated restart to copy the new topic from its beginning, or ignore to leave it alone'
    case 'poison':
      return 'make the target take it, or start with --on-poison skip to leave it out, recorded'
  }
}
