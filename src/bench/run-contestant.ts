import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../clock.js'
import { messageOf } from '../errors.js'
import type { PartitionDigest } from '../local-kafka/outside-client-types.js'
import type { Codec, Contestant, Job, Running } from './contestants/contestant.js'
import { type Latency, measureLatency } from './measure/latency.js'
import { peakMegabytes } from './measure/process-usage.js'
import { type DrainRates, drainRates, watchDrain } from './measure/throughput.js'
import { PARTITIONS, type PreparedBacklog, type Stage } from './stage.js'

/** What one contestant did in one run. A run with problems counts only for what it has figures for. */
export interface RunResult {
  contestant: string
  codec: Codec
  round: number
  /** Undefined unless all records arrived, and equal. */
  rates?: DrainRates
  latency?: Latency
  /** From the start of its process to its first records on the target. */
  startUpSeconds?: number
  /** From the request to stop to the end of its process. */
  stopSeconds?: number
  /** Over drain and latency measurement. */
  peakMegabytes?: number
  /** Records on the target beyond those of the source. */
  duplicates: number
  problems: string[]
}

/** Idle fetches and the last acknowledgements of the drain are over by then. */
const SETTLE_MS = 1000

/** Starts a contestant, watches it drain the backlog, measures its latency, stops it and checks what it wrote. */
export async function runContestant(
  contestant: Contestant,
  run: { job: Job; backlog: PreparedBacklog; round: number },
  tools: { stage: Stage; latencySeconds: number; clock: Clock },
): Promise<RunResult> {
  const { job, round } = run
  const { stage, clock } = tools
  const result: RunResult = { contestant: contestant.name, codec: job.codec, round, duplicates: 0, problems: [] }
  const before = await stage.topics()
  let running: Running | undefined
  try {
    if (contestant.movesRecords) await stage.source.client.createTopic(job.liveTopic, PARTITIONS)
    const startedAtMs = clock.monotonic()
    running = await contestant.start(job)
    const samples = await watchDrain(running, job.backlog, clock)
    const rates = drainRates(samples, job.backlog.recordBytes)
    result.startUpSeconds = (samples[0]!.atMs - startedAtMs) / 1000
    const peakOfDrain = peakMegabytes(running.pid)
    if (contestant.movesRecords && tools.latencySeconds > 0) await addLatency(result, job, tools)
    const peak = peakMegabytes(running.pid) ?? peakOfDrain
    if (peak !== undefined) result.peakMegabytes = peak
    const stoppingAtMs = clock.monotonic()
    await running.stop()
    result.stopSeconds = (clock.monotonic() - stoppingAtMs) / 1000
    if (!contestant.movesRecords || (await isEqualOnTarget(result, run.backlog, stage))) result.rates = rates
  } catch (error) {
    result.problems.push(messageOf(error))
  } finally {
    await running?.stop()
    await stage.removeTopicsExcept(before)
  }
  return result
}

async function addLatency(
  result: RunResult,
  job: Job,
  { stage, latencySeconds, clock }: { stage: Stage; latencySeconds: number; clock: Clock },
): Promise<void> {
  await clock.sleep(SETTLE_MS)
  try {
    const tools = { client: stage.source.client, targetOffsets: stage.target.offsets, clock }
    result.latency = await measureLatency(job, latencySeconds, tools)
  } catch (error) {
    result.problems.push(`no latency: ${messageOf(error)}`)
  }
}

/** The outside client reads the target and compares it with the source, record by record. */
async function isEqualOnTarget(result: RunResult, backlog: PreparedBacklog, stage: Stage): Promise<boolean> {
  const digest = await stage.target.client.digest(backlog.topic)
  const count = digest.reduce((sum, { records }) => sum + records, 0)
  result.duplicates = Math.max(0, count - backlog.records)
  if (isDeepStrictEqual(contentOf(digest), contentOf(backlog.digest))) return true
  result.problems.push(
    count === backlog.records
      ? 'the target has as many records as the source, but not the same ones in the same order'
      : `the target has ${count} records, the source ${backlog.records}`,
  )
  // Duplicates are reported, and the speed still counts; missing or altered records make it worthless.
  return result.duplicates > 0
}

function contentOf(digest: readonly PartitionDigest[]): Map<number, { records: number; sha256: string }> {
  return new Map(digest.map(({ partition, records, sha256 }) => [partition, { records, sha256 }]))
}
