/**
 * Follows Kafka's frames through the bytes of one direction, however they are cut into chunks:
 *   request: size INT32, api_key INT16, api_version INT16, correlation_id INT32, …
 *   answer:  size INT32, correlation_id INT32, …
 */
export class FrameWatcher {
  private readonly head: Buffer
  private filled = 0
  private bodyLeft = 0

  /** `headBytes` of each frame are shown, its size included. */
  constructor(headBytes: number) {
    this.head = Buffer.alloc(headBytes)
  }

  /** Tells the head of each frame, and where in this chunk the frame begins (below 0: in an earlier one). */
  watch(chunk: Buffer, onFrame: (head: Buffer, start: number) => void): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.bodyLeft > 0) {
        const skipped = Math.min(this.bodyLeft, chunk.length - at)
        this.bodyLeft -= skipped
        at += skipped
        continue
      }
      const start = at - this.filled
      const taken = Math.min(this.head.length - this.filled, chunk.length - at)
      chunk.copy(this.head, this.filled, at, at + taken)
      this.filled += taken
      at += taken
      if (this.filled < this.head.length) return
      this.filled = 0
      const left = this.head.readInt32BE(0) - (this.head.length - 4)
      // Not Kafka (TLS, for example): then there is nothing to follow.
      this.bodyLeft = left < 0 ? Number.POSITIVE_INFINITY : left
      if (left >= 0) onFrame(this.head, start)
    }
  }
}
