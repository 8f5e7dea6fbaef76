/** Two looks may both fall into one burst of a producer, or between two commits of a consumer. */
const LOOKS_MIN = 3

/**
 * Whether a lag grows over the last looks. Consumers fetch and commit in bursts, so it always goes up and down a little: it
 * grows when each look found more than the one before, and all together more than what does not matter.
 */
export class Growth {
  private readonly window: number
  private readonly noise: number
  private values: (number | null)[] = []

  /**
   * @param samples over so many looks, three at least
   * @param noise growth up to this over all of them does not matter
   */
  constructor(samples: number, noise: number) {
    this.window = Math.max(LOOKS_MIN, samples)
    this.noise = noise
  }

  /** `unknown`: one look says nothing of growth, or the number was not known at one of them. */
  look(value: number | null): 'yes' | 'no' | 'unknown' {
    this.values = [...this.values, value].slice(-this.window)
    if (this.values.length < 2 || this.values.includes(null)) return 'unknown'
    const lags = this.values.map(Number)
    const [first = 0, last = 0] = [lags[0], lags.at(-1)]
    const climbs = lags.every((lag, i) => i === 0 || lag > (lags[i - 1] ?? lag))
    return climbs && last - first > this.noise ? 'yes' : 'no'
  }
}
