/** When a source deletes records of a topic, as its settings in force say. */
export interface Retention {
  /** `retention.ms`; undefined: without limit. */
  ms: number | undefined
  /** `retention.bytes` of each partition; undefined: without limit. */
  bytes: number | undefined
}

/** What is known of one source partition; times in milliseconds since the epoch. */
export interface Backlog {
  now: number
  /** Source offsets not copied yet; null: not known. */
  lag: number | null
  /** No record that is not copied yet is older; undefined: not known. */
  oldestAtLeast: number | undefined
  /** Bytes of a record as they are copied; undefined: none was copied yet. */
  bytesPerRecord: number | undefined
  /** Records that come a second; undefined: not known. */
  recordsPerSecond: number | undefined
}

/** Reads the settings; undefined when nothing is ever deleted by retention, or they are not known. */
export function retentionOf(settings: ReadonlyMap<string, string>): Retention | undefined {
  const policy = settings.get('cleanup.policy')
  if (policy === undefined || !policy.split(',').includes('delete')) return undefined
  return { ms: limitOf(settings.get('retention.ms')), bytes: limitOf(settings.get('retention.bytes')) }
}

/**
 * Seconds until the first record that is not copied yet may be deleted: the sooner of time and size. Kafka deletes whole
 * segments once their newest record is too old, or without them enough bytes are left (`UnifiedLog.deleteOldSegments`),
 * so it is never sooner. With nothing to copy it is the whole time that a record has. Undefined: never, or not known.
 */
export function retentionHeadroom(retention: Retention, backlog: Backlog): number | undefined {
  const headrooms = [byTime(retention, backlog), bySize(retention, backlog)]
  // Size is an extra that cannot always be known; without the time there is no number at all.
  if (retention.ms !== undefined && headrooms[0] === undefined) return undefined
  const known = headrooms.filter(seconds => seconds !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

function byTime({ ms }: Retention, { lag, now, oldestAtLeast }: Backlog): number | undefined {
  if (ms === undefined || lag === null) return undefined
  if (lag === 0) return ms / 1000
  if (oldestAtLeast === undefined) return undefined
  return clamp(ms - (now - oldestAtLeast), ms) / 1000
}

/** What comes behind the first uncopied record pushes it out. */
function bySize({ bytes }: Retention, { lag, bytesPerRecord, recordsPerSecond }: Backlog): number | undefined {
  if (bytes === undefined || lag === null || bytesPerRecord === undefined || !recordsPerSecond) return undefined
  return Math.max(0, bytes - lag * bytesPerRecord) / (bytesPerRecord * recordsPerSecond)
}

/** A producer whose clock is ahead gives no record more time than it has. */
function clamp(ms: number, max: number): number {
  return Math.min(Math.max(0, ms), max)
}

function limitOf(text: string | undefined): number | undefined {
  const number = Number(text)
  return text === undefined || !Number.isFinite(number) || number < 0 ? undefined : number
}
