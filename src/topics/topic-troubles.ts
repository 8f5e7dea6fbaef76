import { messageOf } from '../errors.js'
import type { EventListener } from '../events.js'

/** What is wrong with single topics: each trouble is told once, and again only after a round without it. */
export class TopicTroubles {
  private readonly emit: EventListener
  private before = new Map<string, string>()
  private now = new Map<string, string>()

  constructor(emit: EventListener) {
    this.emit = emit
  }

  /** Whether something of this topic failed in this round: then nothing more is tried with it. */
  has(sourceTopic: string): boolean {
    return this.now.has(sourceTopic)
  }

  /** Of several in one round the first is told: the others mostly follow from it. */
  add(sourceTopic: string, error: unknown): void {
    if (this.now.has(sourceTopic)) return
    const message = messageOf(error)
    this.now.set(sourceTopic, message)
    if (this.before.get(sourceTopic) === message) return
    this.emit({
      code: 'topic-failed',
      level: 'error',
      message: `topic ${sourceTopic} is not copied as it should be: ${message}; it is tried again with the next round`,
      data: { sourceTopic, error: message },
    })
  }

  /** A new round begins. */
  beginRound(): void {
    this.before = this.now
    this.now = new Map()
  }
}
