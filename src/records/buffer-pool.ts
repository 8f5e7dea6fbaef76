/**
 * The memory of the data path: a fixed number of equal buffers, for fetch answers and for merged batches. A reader takes
 * a lease before it asks, and the lease goes back when every batch in it is acknowledged; when all are out, reading
 * stops until one is back. So memory is bounded whatever the two clusters do, and no buffer is made anew under load.
 */
export class BufferPool {
  private readonly bufferBytes: number
  private readonly maxBuffers: number
  private readonly free: Buffer[] = []
  private made = 0
  private readonly waiting: ((lease: Lease) => void)[] = []

  /** `maxBuffers` × `bufferBytes` is the bound on fetched bytes held at any time. */
  constructor(bufferBytes: number, maxBuffers: number) {
    this.bufferBytes = bufferBytes
    this.maxBuffers = maxBuffers
  }

  /** Resolves with a lease as soon as a buffer is free, in the order of asking. */
  lease(): Promise<Lease> {
    const free = this.leaseNow()
    if (free) return Promise.resolve(free)
    return new Promise(resolve => this.waiting.push(resolve))
  }

  /** A lease if a buffer is free right now. */
  leaseNow(): Lease | undefined {
    const buffer = this.free.pop() ?? this.make()
    return buffer && new Lease(this, buffer)
  }

  /** For `Lease` alone. */
  giveBack(buffer: Buffer): void {
    const next = this.waiting.shift()
    if (next) next(new Lease(this, buffer))
    else this.free.push(buffer)
  }

  private make(): Buffer | undefined {
    if (this.made === this.maxBuffers) return undefined
    this.made++
    return Buffer.allocUnsafeSlow(this.bufferBytes)
  }
}

/** One buffer of the pool, in use until as many `release` as 1 + `retain` calls were made. */
export class Lease {
  private readonly pool: BufferPool
  private readonly buffer: Buffer
  private holders = 1

  constructor(pool: BufferPool, buffer: Buffer) {
    this.pool = pool
    this.buffer = buffer
  }

  /**
   * Room for an answer of `size` bytes. A broker may exceed what was asked for by one large batch; such an answer gets
   * a buffer of its own, once.
   */
  room(size: number): Buffer {
    return size <= this.buffer.length ? this.buffer : Buffer.allocUnsafeSlow(size)
  }

  retain(): void {
    this.holders++
  }

  release(): void {
    this.holders--
    if (this.holders < 0) throw new Error('a buffer was released twice')
    if (this.holders === 0) this.pool.giveBack(this.buffer)
  }
}
