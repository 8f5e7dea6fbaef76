/** Where each leader epoch begins in a log (Kafka: `LeaderEpochFileCache`). */
export class LeaderEpochs {
  private entries: { epoch: number; startOffset: number }[] = []

  /** A leader begins: an epoch in which nothing was appended is not remembered. */
  begin(epoch: number, startOffset: number): void {
    this.entries = this.entries.filter(entry => entry.epoch < epoch && entry.startOffset < startOffset)
    this.entries.push({ epoch, startOffset })
  }

  /** The log ends earlier now. */
  cutTo(end: number): void {
    this.entries = this.entries.filter(({ startOffset }) => startOffset < end)
  }

  /** The log begins later now. */
  cutFrom(start: number): void {
    const first = this.entries.filter(({ startOffset }) => startOffset <= start).at(-1)
    this.entries = this.entries.filter(({ startOffset }) => startOffset > start)
    if (first) this.entries.unshift({ epoch: first.epoch, startOffset: start })
  }

  /** Where the largest epoch ends that is not above the one asked for; both -1 where that cannot be told. */
  endOf(epoch: number, logEnd: number): { epoch: number; endOffset: number } {
    if (this.entries.at(-1)?.epoch === epoch) return { epoch, endOffset: logEnd }
    const higher = this.entries.find(entry => entry.epoch > epoch)
    if (epoch < 0 || !higher) return { epoch: -1, endOffset: -1 }
    const floor = this.entries.filter(entry => entry.epoch <= epoch).at(-1)
    return { epoch: floor?.epoch ?? epoch, endOffset: higher.startOffset }
  }
}
