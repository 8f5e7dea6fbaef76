/** Lets so many requests a broker be under way at once; the others wait for their turn, in order. */
export class RequestSlots {
  private readonly perBroker: number
  private readonly lines = new Map<number, { underway: number; waiting: (() => void)[] }>()

  constructor(perBroker: number) {
    this.perBroker = perBroker
  }

  /** Runs a request to a broker when there is a place for it. Resolves and rejects as the request does. */
  async run<Answer>(nodeId: number, request: () => Promise<Answer>): Promise<Answer> {
    const line = this.lines.get(nodeId) ?? { underway: 0, waiting: [] }
    this.lines.set(nodeId, line)
    if (line.underway < this.perBroker) line.underway++
    // Whoever leaves hands over his place, so that nobody who comes later takes it.
    else await new Promise<void>(resolve => line.waiting.push(resolve))
    try {
      return await request()
    } finally {
      const next = line.waiting.shift()
      if (next) next()
      else if (--line.underway === 0) this.lines.delete(nodeId)
    }
  }
}
