import type { Clock } from '../../clock.js'
import type { OutsideClient } from '../../local-kafka/outside-client.js'
import { waitUntil } from '../../local-kafka/wait-until.js'
import type { Job } from '../contestants/contestant.js'
import type { EndOffsets } from './end-offsets.js'

export interface Latency {
  p50Ms: number
  p99Ms: number
}

const RECORDS_PER_SECOND = 1000
/** Connections open and idle fetches have come home by then. */
const WARM_UP_SECONDS = 3
/** The contestant has found the live topic together with the backlog, long ago. */
const TOPIC_TIMEOUT_MS = 30_000

/**
 * From when a record was due at the source to when a consumer had it from the target, at 1,000 records a second, with
 * nothing else to copy.
 * @throws Error when records are missing.
 */
export async function measureLatency(
  job: Job,
  seconds: number,
  tools: { client: OutsideClient; targetOffsets: EndOffsets; clock: Clock },
): Promise<Latency> {
  const { backlog, liveTopic } = job
  const isThere = await waitUntil(() => tools.targetOffsets.sum(liveTopic, backlog.partitions), {
    timeoutMs: TOPIC_TIMEOUT_MS,
    intervalMs: 100,
    clock: tools.clock,
  })
  if (isThere === undefined) throw new Error(`topic ${liveTopic} has not appeared on the target`)
  const result = await tools.client.latency({
    sourceBootstrap: job.source.bootstrapServers,
    targetBootstrap: job.target.bootstrapServers,
    sourceTopic: liveTopic,
    targetTopic: liveTopic,
    partitions: backlog.partitions,
    recordSize: backlog.recordBytes,
    ratePerSecond: RECORDS_PER_SECOND,
    seconds,
    warmupSeconds: WARM_UP_SECONDS,
    compression: job.codec,
  })
  const { p50Ms, p99Ms, sent, received } = result
  if (received < sent || p50Ms === null || p99Ms === null) {
    throw new Error(`of ${sent} records sent for the latency ${received} arrived`)
  }
  return { p50Ms, p99Ms }
}
