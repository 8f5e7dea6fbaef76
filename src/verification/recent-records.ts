import type { LogRecord, RecordRun } from './log-record.js'
import type { RecordKeys } from './record-keys.js'

/** How far back a duplicate is recognised: more than the five batches that a producer has in flight, of any usual size. */
const KEPT_BYTES = 8 * 1024 * 1024
/** Batches of one record each are mostly overhead, which the bytes do not show. */
const KEPT_CHUNKS = 4_096
/** About 30 MB of keys; then only those of the kept chunks are made anew. */
const INDEXED_MAX = 200_000

interface Chunk {
  /** What it holds in memory, about. */
  bytes: number
  records(): readonly LogRecord[]
}

/**
 * The last records that both sides held, to tell a duplicate from a phantom. They are only looked into when a surplus
 * record appears, which on a good copy is never.
 */
export class RecentRecords {
  private readonly keys: RecordKeys
  private readonly kept: Chunk[] = []
  private unindexed: Chunk[] = []
  private bytes = 0
  private readonly index = new Set<string>()

  constructor(keys: RecordKeys) {
    this.keys = keys
  }

  addRun(run: RecordRun): void {
    this.add({ bytes: run.sizeBytes, records: () => run.records() })
  }

  addRecords(records: readonly LogRecord[]): void {
    if (records.length === 0) return
    this.add({ bytes: records.reduce((sum, { contentBytes }) => sum + contentBytes, 0), records: () => records })
  }

  /** Whether the same record was among them. */
  has(record: LogRecord): boolean {
    if (this.index.size > INDEXED_MAX) {
      this.index.clear()
      this.unindexed = [...this.kept]
    }
    for (const chunk of this.unindexed) for (const known of chunk.records()) this.index.add(this.keys.of(known))
    this.unindexed = []
    return this.index.has(this.keys.of(record))
  }

  add(chunk: Chunk): void {
    this.kept.push(chunk)
    this.unindexed.push(chunk)
    this.bytes += chunk.bytes
    while (this.bytes > KEPT_BYTES || this.kept.length > KEPT_CHUNKS) {
      const oldest = this.kept.shift()
      if (oldest === undefined) return
      this.bytes -= oldest.bytes
      if (this.unindexed[0] === oldest) this.unindexed.shift()
    }
  }
}
