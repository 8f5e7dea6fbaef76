import type { Socket } from 'node:net'
import { systemClock } from '../clock.js'

/** On a busy machine timers are late; a slow link makes up for that, or it would be slower still. */
const LATE_MS = 200

/** What the link does in one direction just now, and what it has done; all connections share it. */
export class Line {
  delayMs = 0
  bytesPerSecond = Number.POSITIVE_INFINITY
  /** What comes is swallowed. */
  isBlackhole = false
  /** What comes waits until this is over. */
  isHeld = false
  bytesForwarded = 0
  bytesSwallowed = 0
  /** Forwarded when their sender had already gone. */
  bytesLate = 0
  private freeAt = 0

  /** When so many more bytes have passed: a slow link is slow for all its connections together. */
  passedAt(bytes: number): number {
    const now = systemClock.monotonic()
    if (this.bytesPerSecond === Number.POSITIVE_INFINITY) return now
    this.freeAt = Math.max(now - LATE_MS, this.freeAt) + (bytes / this.bytesPerSecond) * 1000
    return this.freeAt
  }

  slow(bytesPerSecond: number): void {
    this.bytesPerSecond = bytesPerSecond
    this.freeAt = systemClock.monotonic()
  }

  heal(): void {
    this.delayMs = 0
    this.bytesPerSecond = Number.POSITIVE_INFINITY
    this.isBlackhole = false
    this.isHeld = false
  }
}

/** On its way at most: 50 ms at 640 MB/s. More stays with the sender, as on a real link. */
const QUEUED_BYTES_MAX = 32 * 1024 * 1024
/** A slow link's buffer; a larger one would take minutes to run empty. */
const QUEUED_BYTES_MAX_SLOW = 64 * 1024
/** A slow link forwards in pieces that take so long. */
const SLICE_MS = 20
const HOLD_POLL_MS = 10

/** One direction of one connection: bytes in order, each chunk not before its time. */
export class ProxiedStream {
  private readonly from: Socket
  private readonly to: Socket
  private readonly line: Line
  private readonly queue: { chunk: Buffer; arrivedAt: number }[] = []
  private queuedBytes = 0
  private isPumping = false
  private hasEnded = false
  /** A stream with a hole cannot go on, also when the link is well again: real ones are reset one day. */
  private hasHole = false

  /** `pass` looks at each chunk and says how many of its bytes go on; with fewer than all the stream ends there. */
  constructor(from: Socket, to: Socket, line: Line, pass: (chunk: Buffer) => number) {
    this.from = from
    this.to = to
    this.line = line
    from.on('data', chunk => this.take(chunk, pass))
    from.once('end', () => this.end())
    from.once('close', () => this.end())
    to.once('close', () => this.nobodyListens())
  }

  private take(chunk: Buffer, pass: (chunk: Buffer) => number): void {
    if (this.hasEnded || this.to.destroyed) return
    if (this.line.isBlackhole) this.hasHole = true
    if (this.hasHole) {
      this.line.bytesSwallowed += chunk.length
      return
    }
    const passing = pass(chunk)
    if (passing > 0) {
      this.queue.push({ chunk: chunk.subarray(0, passing), arrivedAt: systemClock.monotonic() })
      this.queuedBytes += passing
      if (this.queuedBytes >= this.queuedBytesMax) this.from.pause()
    }
    if (passing < chunk.length) {
      this.line.bytesSwallowed += chunk.length - passing
      return this.end()
    }
    void this.pump()
  }

  /** What is on its way still arrives, then the end does. */
  private end(): void {
    this.hasEnded = true
    void this.pump()
  }

  /** Reads on all the same: otherwise the end of the other side would never be seen. */
  private nobodyListens(): void {
    this.queue.length = 0
    this.queuedBytes = 0
    this.from.resume()
  }

  private get queuedBytesMax(): number {
    return this.line.bytesPerSecond === Number.POSITIVE_INFINITY ? QUEUED_BYTES_MAX : QUEUED_BYTES_MAX_SLOW
  }

  private async pump(): Promise<void> {
    if (this.isPumping) return
    this.isPumping = true
    for (let first = this.queue[0]; first !== undefined && !this.to.destroyed; first = this.queue[0]) {
      const waitMs = first.arrivedAt + this.line.delayMs - systemClock.monotonic()
      if (this.line.isHeld) await systemClock.sleep(HOLD_POLL_MS)
      else if (waitMs > 0) await systemClock.sleep(waitMs)
      else await this.forward(first)
    }
    this.isPumping = false
    if (!this.hasEnded) return
    if (this.hasHole) this.to.destroy()
    else this.to.end()
  }

  private async forward(first: { chunk: Buffer; arrivedAt: number }): Promise<void> {
    const { bytesPerSecond } = this.line
    const bytes = Math.max(1, Math.min(first.chunk.length, Math.floor((bytesPerSecond * SLICE_MS) / 1000)))
    const piece = first.chunk.subarray(0, bytes)
    if (bytes < first.chunk.length) first.chunk = first.chunk.subarray(bytes)
    else this.queue.shift()
    this.queuedBytes -= bytes
    const waitMs = this.line.passedAt(bytes) - systemClock.monotonic()
    if (waitMs > 0) await systemClock.sleep(waitMs)
    this.line.bytesForwarded += bytes
    if (this.from.destroyed) this.line.bytesLate += bytes
    if (!this.to.destroyed && !this.to.write(piece)) await drained(this.to)
    if (this.queuedBytes < this.queuedBytesMax && this.from.isPaused()) this.from.resume()
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
  })
}
