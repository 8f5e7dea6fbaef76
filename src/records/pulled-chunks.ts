import type { Pull } from '../policy/align-crossed.js'

/** Items one by one out of chunks that take waiting for. */
export class PulledChunks<T> implements Pull<T> {
  private readonly chunks: AsyncGenerator<T[]>
  private chunk: T[] = []
  private index = 0

  constructor(chunks: AsyncGenerator<T[]>) {
    this.chunks = chunks
  }

  next(): T | undefined | Promise<T | undefined> {
    return this.index < this.chunk.length ? this.chunk[this.index++] : this.nextChunk()
  }

  async close(): Promise<void> {
    await this.chunks.return(undefined)
  }

  private async nextChunk(): Promise<T | undefined> {
    for (;;) {
      const { value, done } = await this.chunks.next()
      if (done) return undefined
      this.chunk = value
      this.index = 0
      if (value.length > 0) return value[this.index++]
    }
  }
}
