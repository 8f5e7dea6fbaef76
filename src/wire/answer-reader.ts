/** Reads go here while no answer has begun: room for the small answers of the control plane. */
const CHUNK_BYTES = 64 * 1024
/** With less than this of an answer missing, a read may take the beginning of the next one along. */
const DIRECT_READ_BYTES = 16 * 1024
/** Every answer begins with its size, an INT32. */
const SIZE_BYTES = 4

/** Whoever waits for answers. */
export interface AnswerReceiver {
  /** An answer of `size` bytes begins: gives the buffer for it, or undefined to stop reading. */
  begin(size: number): Buffer | undefined
  /** The answer is complete. */
  complete(answer: Buffer): void
}

/**
 * Cuts the bytes of a socket into answers. Each is collected in one buffer; once it has begun, the socket reads straight
 * into that, so that large answers are copied by nobody but the kernel.
 */
export class AnswerReader {
  private readonly chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  private readonly size = Buffer.alloc(SIZE_BYTES)
  private sizeFilled = 0
  private answer: Buffer | undefined
  private answerSize = 0
  private answerFilled = 0
  private readsDirectly = false
  private receiver: AnswerReceiver | undefined

  /** Answers go to this receiver from now on. */
  attach(receiver: AnswerReceiver): void {
    this.receiver = receiver
  }

  /** Nothing more is given out. */
  stop(): void {
    this.receiver = undefined
  }

  /** Where the socket is to put what it reads next. */
  nextRead(): Buffer {
    this.readsDirectly = this.answer !== undefined && this.answerSize - this.answerFilled >= DIRECT_READ_BYTES
    return this.readsDirectly ? (this.answer as Buffer).subarray(this.answerFilled, this.answerSize) : this.chunk
  }

  /** So many bytes were read to where `nextRead` said. */
  onRead(bytes: number): void {
    if (this.readsDirectly) this.fill(bytes)
    else this.split(this.chunk.subarray(0, bytes))
  }

  private split(chunk: Buffer): void {
    let position = 0
    while (position < chunk.length && this.receiver !== undefined) {
      if (this.answer === undefined) position += this.readSize(chunk, position)
      else {
        const taken = Math.min(this.answerSize - this.answerFilled, chunk.length - position)
        chunk.copy(this.answer, this.answerFilled, position, position + taken)
        position += taken
        this.fill(taken)
      }
    }
  }

  private readSize(chunk: Buffer, position: number): number {
    const taken = Math.min(SIZE_BYTES - this.sizeFilled, chunk.length - position)
    chunk.copy(this.size, this.sizeFilled, position, position + taken)
    this.sizeFilled += taken
    if (this.sizeFilled === SIZE_BYTES) {
      this.sizeFilled = 0
      this.answerSize = this.size.readInt32BE(0)
      this.answerFilled = 0
      this.answer = this.receiver?.begin(this.answerSize)
    }
    return taken
  }

  private fill(bytes: number): void {
    this.answerFilled += bytes
    if (this.answerFilled < this.answerSize) return
    const answer = (this.answer as Buffer).subarray(0, this.answerSize)
    this.answer = undefined
    this.receiver?.complete(answer)
  }
}
