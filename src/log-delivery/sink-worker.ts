import { type Clock, withinTime } from '../clock.js'
import { messageOf } from '../errors.js'
import type { LogSinkSnapshot } from '../replication/snapshot.js'
import { fits, type LogLine, type Sink } from './sink.js'

/** Minutes of a noisy replicator; a sink that is down for longer costs its records, not our memory. */
const QUEUE_RECORDS_MAX = 10_000
const QUEUE_BYTES_MAX = 8 << 20
/** Tries of one batch: with these pauses a service may be away for half a minute before records are dropped. */
const RETRY_PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000]

/** What is told when a sink begins to fail, and when it takes records again. */
export type TellSink = (sink: LogSinkSnapshot, isFailing: boolean) => void

/**
 * Sends records to one sink, in order, in the background. `add` never waits: what has no room, or was refused too
 * often, is dropped and counted.
 */
export class SinkWorker {
  private readonly sink: Sink
  private readonly clock: Clock
  private readonly tell: TellSink
  private readonly closing = new AbortController()
  private readonly giveUp = new AbortController()
  private readonly done: Promise<void>
  private queue: LogLine[] = []
  private queueBytes = 0
  private wake: AbortController | undefined
  private delivered = 0
  private dropped = 0
  private error: string | undefined

  constructor(sink: Sink, clock: Clock, tell: TellSink) {
    this.sink = sink
    this.clock = clock
    this.tell = tell
    this.done = this.work()
  }

  /** Takes a record, or drops and counts it where there is no room. */
  add(line: LogLine): void {
    const isFull = this.queue.length >= QUEUE_RECORDS_MAX || this.queueBytes + line.bytes > QUEUE_BYTES_MAX
    if (isFull || this.closing.signal.aborted) {
      this.dropped++
      return
    }
    this.queue.push(line)
    this.queueBytes += line.bytes
    if (this.queue.length === 1 || this.isBatchFull()) this.wake?.abort()
  }

  snapshot(): LogSinkSnapshot {
    const { delivered, dropped, error } = this
    return { sink: this.sink.name, delivered, dropped, waiting: this.queue.length, error }
  }

  /** Sends what waits, for at most `ms` milliseconds; the rest is dropped and counted. */
  async close(ms: number): Promise<void> {
    this.closing.abort()
    this.wake?.abort()
    await withinTime(this.done, ms, this.clock)
    this.giveUp.abort()
    this.drop(this.queue.length)
    this.sink.close()
  }

  private async work(): Promise<void> {
    while (!this.giveUp.signal.aborted) {
      if (this.queue.length === 0) {
        if (this.closing.signal.aborted) return
        await this.sleepUntilWoken(Number.MAX_SAFE_INTEGER)
        continue
      }
      if (!this.isBatchFull() && !this.closing.signal.aborted) await this.sleepUntilWoken(this.sink.limits.lingerMs)
      await this.deliver(fits(this.queue, this.sink.limits))
    }
  }

  private isBatchFull(): boolean {
    const { records, bytes, overhead } = this.sink.limits
    return this.queue.length >= records || this.queueBytes + this.queue.length * overhead >= bytes
  }

  /** Sends the first `count` records, which stay in the queue until they are taken or dropped. */
  private async deliver(count: number): Promise<void> {
    let batch = this.queue.slice(0, count)
    for (const pause of [...RETRY_PAUSES_MS, undefined]) {
      const left = await this.send(batch)
      if (this.giveUp.signal.aborted) return
      this.take(batch.filter(line => !left.includes(line)))
      batch = left
      if (batch.length === 0) return
      if (pause === undefined) return this.drop(batch.length)
      await this.clock.sleep(pause, this.giveUp.signal)
      if (this.giveUp.signal.aborted) return
    }
  }

  /** What was not taken. */
  private async send(batch: readonly LogLine[]): Promise<LogLine[]> {
    const wasFailing = this.error !== undefined
    try {
      const left = await this.sink.send(batch)
      this.error = undefined
      if (wasFailing) this.tell(this.snapshot(), false)
      return left
    } catch (error) {
      this.error = `${error instanceof Error ? error.name : 'Error'}: ${messageOf(error)}`
      if (!wasFailing) this.tell(this.snapshot(), true)
      return [...batch]
    }
  }

  private take(lines: readonly LogLine[]): void {
    this.delivered += lines.length
    this.remove(new Set(lines))
  }

  private drop(count: number): void {
    this.dropped += count
    this.remove(new Set(this.queue.slice(0, count)))
  }

  private remove(lines: ReadonlySet<LogLine>): void {
    if (lines.size === 0) return
    this.queue = this.queue.filter(line => !lines.has(line))
    for (const { bytes } of lines) this.queueBytes -= bytes
  }

  private async sleepUntilWoken(ms: number): Promise<void> {
    this.wake = new AbortController()
    // A timer holds at most 2^31 milliseconds.
    await this.clock.sleep(Math.min(ms, 0x7fffffff), this.wake.signal)
    this.wake = undefined
  }
}
