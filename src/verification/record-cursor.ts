import type { LogRecord, RecordRun } from './log-record.js'

/**
 * A place in one log that only moves forward. It looks ahead as far as it is asked to:
 *
 *    … passed │ opened records │ one run not opened │ not yet read …
 *             ▲ here
 */
export class RecordCursor {
  private readonly runs: AsyncIterator<RecordRun>
  /** The first offset behind the log's part: how much is left is guessed from it. */
  private readonly to: number
  private opened: LogRecord[] = []
  private position = 0
  private waiting: RecordRun | undefined
  private ended = false
  /** Records that were passed, and the bytes in the log of the runs that were opened or passed whole. */
  passedRecords = 0
  passedBytes = 0
  /** Of the last record that was passed; -1 before the first. */
  lastOffset = -1

  constructor(runs: AsyncIterable<RecordRun>, to: number) {
    this.runs = runs[Symbol.asyncIterator]()
    this.to = to
  }

  /** Reads until something lies ahead; false at the end of the log's part. */
  async fill(): Promise<boolean> {
    return this.position < this.opened.length || (await this.nextRun()) !== undefined
  }

  /** The run that begins here, if one does: it may be passed whole. */
  get runHere(): RecordRun | undefined {
    return this.position < this.opened.length ? undefined : this.waiting
  }

  /** Passes a run without opening it. */
  passRun(): void {
    const run = this.takeRun()
    this.passedRecords += run.count
    this.lastOffset = run.lastOffset
  }

  /** Records that lie ready; opens the waiting run when there are none. */
  ready(): readonly LogRecord[] {
    if (this.position >= this.opened.length && this.waiting !== undefined) this.openMore()
    return this.position === 0 ? this.opened : this.opened.slice(this.position)
  }

  /** Up to `records` records ahead, fewer at the end of the log or when they would exceed `bytes`. */
  async window(records: number, bytes: number): Promise<{ records: readonly LogRecord[]; isRest: boolean }> {
    let [count, size] = [0, 0]
    while (count < records && size < bytes) {
      const next = this.opened[this.position + count]
      if (next !== undefined) {
        count++
        size += next.contentBytes
      } else if ((await this.nextRun()) === undefined) break
      else this.openMore()
    }
    const isRest = this.ended && this.waiting === undefined && this.position + count === this.opened.length
    return { records: this.opened.slice(this.position, this.position + count), isRest }
  }

  /** Passes `count` of the records that lie ready. */
  pass(count: number): void {
    this.position += count
    this.passedRecords += count
    if (count > 0) this.lastOffset = (this.opened[this.position - 1] as LogRecord).offset
  }

  /** The offset of the next record; the end of the log's part where none is ready. */
  get nextOffset(): number {
    return this.opened[this.position]?.offset ?? this.waiting?.firstOffset ?? this.to
  }

  /** About how many offsets lie ahead. */
  get remaining(): number {
    return this.to - this.nextOffset
  }

  /** Ends reading; nothing may be asked any more. */
  async close(): Promise<void> {
    await this.runs.return?.()
  }

  /** Opens the waiting run behind the records that lie ready already. */
  private openMore(): void {
    const ahead = this.opened.slice(this.position)
    this.opened = ahead.concat(this.takeRun().records())
    this.position = 0
  }

  private async nextRun(): Promise<RecordRun | undefined> {
    if (this.waiting === undefined && !this.ended) {
      const { done, value } = await this.runs.next()
      if (done) this.ended = true
      else this.waiting = value
    }
    return this.waiting
  }

  private takeRun(): RecordRun {
    const run = this.waiting
    if (run === undefined) throw new Error('no run lies ahead')
    this.waiting = undefined
    this.passedBytes += run.sizeBytes
    return run
  }
}
