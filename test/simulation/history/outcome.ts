export interface Outcome {
  seed: number
  violation: string | undefined
  trace: string[]
  /** Records that were produced in all, and reasons of those partitions that ended held. */
  records: number
  held: string[]
  virtualMs: number
  /** Offsets of groups that were moved and judged. */
  groupCommits: number
}
