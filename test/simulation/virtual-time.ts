interface Event {
  at: number
  order: number
  run: () => void
}

/** The wall clock when every history begins. */
export const EPOCH = 1_700_000_000_000

/**
 * Time that passes only when nothing is runnable: an event runs, then all promises that it woke, then the next event.
 * Events at one moment run in the order in which they were asked for.
 */
export class VirtualTime {
  private heap: Event[] = []
  private count = 0
  private current = 0

  /** Milliseconds since the history began. */
  get elapsed(): number {
    return this.current
  }

  get now(): number {
    return EPOCH + Math.floor(this.current)
  }

  after(ms: number, run: () => void): void {
    this.push({ at: this.current + Math.max(0, ms), order: this.count++, run })
  }

  /** Lets so many milliseconds pass. */
  async pass(ms: number): Promise<void> {
    const until = this.current + ms
    await turn()
    for (let next = this.heap[0]; next !== undefined && next.at <= until; next = this.heap[0]) {
      this.pop()
      this.current = next.at
      next.run()
      await turn()
    }
    this.current = until
  }

  private push(event: Event): void {
    const { heap } = this
    let at = heap.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = event
  }

  private pop(): void {
    const { heap } = this
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** Runs everything that is runnable: an immediate comes when no promise is left to go on. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
