/**
 * What stands in the way of a partition so that it cannot simply go on: a person decides, or the policy chosen
 * beforehand (`--on-truncation`, `--on-topic-recreated`, `--on-poison`). Offsets are the source's; `to` is exclusive.
 */
export type Obstacle =
  /** Retention or DeleteRecords took `from` … `to - 1` before they were copied. */
  | { kind: 'truncated'; from: number; to: number }
  /**
   * The source lost what it had after `from` (unclean leader election), though everything before `to` had been read.
   * `epoch` is the leader epoch that what was read there belonged to, `epochBefore` that of the last record which is
   * still there; -1 where they are not known.
   */
  | { kind: 'diverged'; from: number; to: number; epoch: number; epochBefore: number }
  /** The topic was deleted and created again on this side. */
  | { kind: 'recreated'; side: 'source' | 'target'; topic: string }
  /** The topic is no longer there on this side. */
  | { kind: 'gone'; side: 'source' | 'target'; topic: string }
  /** Records that the target will never take. */
  | { kind: 'poison'; from: number; to: number; reason: string }

/** One sentence for a person. */
export function obstacleReason(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'truncated': {
      const { from, to } = obstacle
      return `the source no longer has offsets ${from}-${to - 1}: retention or DeleteRecords took ${to - from} before they were copied`
    }
    case 'diverged': {
      const { from, to, epoch } = obstacle
      const read = epoch < 0 ? '' : ` in leader epoch ${epoch}`
      return `the source lost offsets ${from}-${to - 1}, which were read${read} and copied: its log was cut back (unclean leader election)`
    }
    case 'recreated':
      return obstacle.side === 'source'
        ? `source topic ${obstacle.topic} was deleted and created again; its new records are not those that were being copied`
        : `target topic ${obstacle.topic} was deleted and created again; the records copied before are no longer there`
    case 'gone':
      return obstacle.side === 'source'
        ? `source topic ${obstacle.topic} was deleted`
        : `target topic ${obstacle.topic} was deleted; the records copied before are no longer there`
    case 'poison':
      return obstacle.reason
  }
}
