import type { Clock } from '../clock.js'
import { AccessError } from '../wire/kafka-errors.js'

/**
 * After a refusal the next connection of the cluster waits so long, whoever wants it: many parts of an engine try again
 * several times a second, and a storm of failed logins may lock an account and looks like an attack.
 */
const PAUSE_MS = { first: 1_000, most: 10_000 } as const

/**
 * Lets connections to one cluster be opened: freely while that works, and after a refusal one at a time, after a pause.
 */
export class LoginGate {
  private readonly clock: Clock
  private refusal: AccessError | undefined
  private pauseMs: number = PAUSE_MS.first
  private openAt = 0
  private isTrying = false
  /** Attempts that were refused so far. */
  refusals = 0
  /** Told when connections begin to be refused, and with undefined when they no longer are. */
  onChange: ((refusal: AccessError | undefined) => void) | undefined

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Runs one attempt; while the gate is closed it throws the last refusal instead. */
  async pass<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const { refusal } = this
    if (refusal === undefined) return this.try(attempt)
    if (this.isTrying || this.clock.monotonic() < this.openAt) throw refusal
    this.isTrying = true
    try {
      return await this.try(attempt)
    } finally {
      this.isTrying = false
    }
  }

  /** A login was refused outside of `pass`, on a connection that was open. */
  refused(error: AccessError): void {
    this.refusals++
    const isFirst = this.refusal === undefined
    // Of several that were refused together, one makes the pause longer.
    if (!isFirst && this.clock.monotonic() < this.openAt) return
    this.pauseMs = isFirst ? PAUSE_MS.first : Math.min(this.pauseMs * 2, PAUSE_MS.most)
    this.openAt = this.clock.monotonic() + this.pauseMs
    this.refusal = error
    if (isFirst) this.onChange?.(error)
  }

  private async try<Result>(attempt: () => Promise<Result>): Promise<Result> {
    try {
      const result = await attempt()
      if (this.refusal !== undefined) {
        this.refusal = undefined
        this.onChange?.(undefined)
      }
      return result
    } catch (error) {
      if (error instanceof AccessError) this.refused(error)
      throw error
    }
  }
}
