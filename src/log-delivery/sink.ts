/** A record on its way: JSON without a line end. */
export interface LogLine {
  /** Milliseconds since the epoch. */
  at: number
  text: string
  /** Of `text` in UTF-8. */
  bytes: number
}

/** What a service takes in one request, and when we send it less. */
export interface SinkLimits {
  records: number
  bytes: number
  /** What the service counts for each record beside its bytes. */
  overhead: number
  /** A longer record is cut before it comes here. */
  recordBytes: number
  /** How long records wait for others to go with them. */
  lingerMs: number
}

export type SinkName = 'CloudWatchLogs' | 'S3' | 'Firehose'

/** Where records go. */
export interface Sink {
  readonly name: SinkName
  readonly limits: SinkLimits
  /** Sends records that are within the limits, in order of time; answers those to be sent again. Throws when none was taken. */
  send(lines: readonly LogLine[]): Promise<LogLine[]>
  close(): void
}

/** How many of the first records go into one request: at least one. */
export function fits(lines: readonly LogLine[], { records, bytes, overhead }: SinkLimits): number {
  let size = 0
  for (let count = 0; count < lines.length && count < records; count++) {
    size += lines[count]!.bytes + overhead
    if (size > bytes && count > 0) return count
  }
  return Math.min(lines.length, records)
}
