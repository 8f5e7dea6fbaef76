/** Adds up lags, in offsets: AWS's SumOffsetLag and MaxOffsetLag. One that is not known makes both unknown. */
export class Lags {
  private sum: number | null = 0
  private max = 0

  add(lag: number | null): void {
    this.sum = this.sum === null || lag === null ? null : this.sum + lag
    this.max = Math.max(this.max, lag ?? 0)
  }

  get sums(): { sumOffsetLag: number | null; maxOffsetLag: number | null } {
    return { sumOffsetLag: this.sum, maxOffsetLag: this.sum === null ? null : this.max }
  }
}

/** How far an offset lies before an end; null where either is not known. */
export function lagOf(end: number | null, offset: number | null): number | null {
  return end === null || offset === null ? null : Math.max(0, end - offset)
}
