import type { Clock } from '../clock.js'

/**
 * So old may a cluster's last answer be. An engine asks each of its clusters something every 30 s at least, if only for
 * its topics, and an answer may take 15 s.
 */
const ANSWER_AGE_MS_MAX = 45_000
/** A minute, MSK's period, in parts: what is older than the first part is forgotten without a list of all answers. */
const PARTS = 6
const PART_MS = 10_000

/** How one cluster has answered lately, noted along the way of what an engine asks anyway. */
export class ClusterHealth {
  private readonly clock: Clock
  private answeredAt: number | undefined
  /** The longest throttling within each part of the last minute. */
  private readonly throttlings = Array.from({ length: PARTS }, () => ({ part: -1, longestMs: 0 }))

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** A broker has answered someone who is logged in. Called for every answer: it must stay cheap. */
  answered(): void {
    this.answeredAt = this.clock.monotonic()
  }

  /** A broker has throttled a request for so many milliseconds, as its answer says. */
  throttled(ms: number): void {
    const part = this.partNow()
    const place = this.throttlings[part % PARTS]
    if (place === undefined) return
    place.longestMs = place.part === part ? Math.max(place.longestMs, ms) : ms
    place.part = part
  }

  /** Whether any broker has answered within the last 45 s; null before the first answer. */
  get isAnswering(): boolean | null {
    return this.answeredAt === undefined ? null : this.clock.monotonic() - this.answeredAt <= ANSWER_AGE_MS_MAX
  }

  /** The longest throttling of one request within the last minute, in milliseconds; null while it does not answer. */
  get throttleMsMax(): number | null {
    if (!this.isAnswering) return null
    const oldest = this.partNow() - PARTS + 1
    return Math.max(0, ...this.throttlings.filter(({ part }) => part >= oldest).map(({ longestMs }) => longestMs))
  }

  private partNow(): number {
    return Math.floor(this.clock.monotonic() / PART_MS)
  }
}
