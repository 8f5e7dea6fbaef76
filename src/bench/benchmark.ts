import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../clock.js'
import { ExitCode, UserError } from '../errors.js'
import { guardFolder } from '../local-kafka/guard.js'
import type { Codec, Contestant, Job } from './contestants/contestant.js'
import { kafkajsPipe } from './contestants/kafkajs-pipe.js'
import { mirrorMakers } from './contestants/mirror-maker.js'
import { ours } from './contestants/ours.js'
import { tcpRelay } from './contestants/tcp-relay.js'
import type { EndOffsets } from './measure/end-offsets.js'
import type { BenchOptions } from './options.js'
import { describeRun } from './report/describe-run.js'
import { type RunResult, runContestant } from './run-contestant.js'
import { Stage } from './stage.js'

export interface BenchResults {
  contestants: { name: string; settings: string }[]
  /** In the order in which they ran. */
  runs: RunResult[]
}

/** Runs every contestant with every codec, round after round, on the same two brokers. */
export async function runBenchmark(
  options: BenchOptions,
  clock: Clock,
  say: (text: string) => void,
): Promise<BenchResults> {
  await using stage = await Stage.open(options, say)
  const contestants = select(allContestants(stage.target.offsets, options), options.only)
  const folder = await mkdtemp(join(tmpdir(), 'kafka-replicator-bench-'))
  const releaseGuard = guardFolder(folder)
  const runs: RunResult[] = []
  try {
    for (const { contestant, codec, round } of schedule(contestants, options)) {
      const job = await makeJob(stage, { contestant, codec, number: runs.length + 1, folder })
      say(`${contestant.name}, ${codec === 'none' ? 'uncompressed' : codec}, round ${round}`)
      const backlog = stage.backlogs.get(codec)!
      const result = await runContestant(contestant, { job, backlog, round }, { stage, clock, ...options })
      runs.push(result)
      say(`  ${describeRun(result)}`)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
    releaseGuard()
  }
  return { contestants: contestants.map(({ name, settings }) => ({ name, settings })), runs }
}

function allContestants(targetOffsets: EndOffsets, options: BenchOptions): Contestant[] {
  return [ours(targetOffsets, options), ...mirrorMakers(targetOffsets), kafkajsPipe(targetOffsets), tcpRelay()]
}

/** Those whose names begin so; all without any. @throws UserError for a beginning that nobody has. */
export function select(contestants: Contestant[], only: readonly string[]): Contestant[] {
  const unknown = only.find(beginning => !contestants.some(({ name }) => name.startsWith(beginning)))
  if (unknown !== undefined) {
    throw new UserError(`--only: there is no contestant "${unknown}".`, {
      exitCode: ExitCode.Usage,
      fix: `There are: ${contestants.map(({ name }) => name).join(', ')}`,
    })
  }
  return only.length === 0
    ? contestants
    : contestants.filter(({ name }) => only.some(beginning => name.startsWith(beginning)))
}

/** Contestants take turns, and each round begins with another one: nobody always meets the freshest brokers. */
export function schedule<One>(
  contestants: readonly One[],
  { rounds, codecs }: Pick<BenchOptions, 'rounds' | 'codecs'>,
): { contestant: One; codec: Codec; round: number }[] {
  return Array.from({ length: rounds }, (_, index) => {
    const first = index % contestants.length
    const turned = [...contestants.slice(first), ...contestants.slice(0, first)]
    return codecs.flatMap(codec => turned.map(contestant => ({ contestant, codec, round: index + 1 })))
  }).flat()
}

async function makeJob(
  stage: Stage,
  run: { contestant: Contestant; codec: Codec; number: number; folder: string },
): Promise<Job> {
  const id = `bench-${run.number}-${run.contestant.name}`
  const folder = join(run.folder, id)
  await mkdir(folder)
  return {
    id,
    codec: run.codec,
    source: stage.source.address,
    target: stage.target.address,
    backlog: stage.backlogs.get(run.codec)!,
    liveTopic: `${id}-live`,
    folder,
  }
}
