/**
 * Whether a lag grows, over the last looks. Consumers fetch in bursts, so one look that found more than the one before says
 * nothing where there are several: it grows when each of them found more.
 */
export class Growth {
  private readonly window: number
  private values: (number | null)[] = []

  /** @param samples over so many looks, two at least: one says nothing of growth */
  constructor(samples: number) {
    this.window = Math.max(2, samples)
  }

  /** `unknown`: too few looks so far, or the number was not known at one of them. */
  look(value: number | null): 'yes' | 'no' | 'unknown' {
    this.values = [...this.values, value].slice(-this.window)
    if (this.values.length < 2 || this.values.includes(null)) return 'unknown'
    const grows = this.values.every((one, i) => i === 0 || Number(one) > Number(this.values[i - 1]))
    return grows ? 'yes' : 'no'
  }
}
