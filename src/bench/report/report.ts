import type { BenchResults } from '../benchmark.js'
import type { BenchOptions } from '../options.js'
import { describeMachine, type Machine } from './machine.js'
import { type Summary, summarize } from './summary.js'
import { cpuGrid, type Grid, renderMarkdown, renderTerminal, resultGrid } from './table.js'
import { describeTarget, judgeTargets, type Target } from './targets.js'

/** Everything a run found out; also what the JSON file holds. */
export interface Report extends BenchResults {
  startedAt: string
  machine: Machine
  options: BenchOptions
  definitions: string[]
  summaries: Summary[]
  targets: Target[]
}

const DEFINITIONS = [
  'Drain: 4 partitions, 1 KiB values, null keys, from the first records seen on the target to the last; start-up (JVM too) is not counted.',
  'MB and GB are 10^6 and 10^9 bytes of record values before compression, for every contestant and codec.',
  "CPU is user + system time of the contestant's process in that window; peak MB is its VmHWM, latency measurement included.",
  'Latency: 1,000 records/s of 1 KiB while caught up, from when a record was due at the source to when a consumer had it from the target.',
  'A run counts only when an outside client has read every record from the target, equal and in order.',
]

export function makeReport(results: BenchResults, options: BenchOptions, startedAtMs: number): Report {
  const summaries = summarize(results.runs)
  return {
    startedAt: new Date(startedAtMs).toISOString(),
    machine: describeMachine('4.2.0'),
    options,
    definitions: DEFINITIONS,
    ...results,
    summaries,
    targets: judgeTargets(summaries),
  }
}

/** For the terminal, or with `markdown` for the README. */
export function renderReport(report: Report, markdown: boolean): string {
  const render: (grid: Grid) => string = markdown ? renderMarkdown : renderTerminal
  const { machine, options, summaries, targets, contestants } = report
  const where = `${machine.cpus} × ${machine.cpuModel}, ${machine.memoryGb} GB, ${machine.platform}, Node ${machine.node}, Kafka ${machine.kafka}`
  const what = `${Math.round(options.sizeBytes / 1e6)} MB per backlog in batches of ${options.batchBytes} bytes, ${options.rounds} round(s), medians`
  const problems = summaries.flatMap(({ contestant, codec, problems }) =>
    problems.map(problem => `${contestant} (${codec}): ${problem}`),
  )
  const bullets = (lines: readonly string[]) => lines.map(line => `- ${line}`).join('\n')
  const paragraphs = [
    `${where}\n${what}`,
    render(resultGrid(summaries)),
    `Who used the CPU:\n\n${render(cpuGrid(summaries))}`,
    bullets([...report.definitions, ...contestants.map(({ name, settings }) => `${name}: ${settings}.`)]),
    ...codecTargets(targets),
    ...(problems.length === 0 ? [] : [`Problems:\n\n${bullets(problems)}`]),
  ]
  return `${paragraphs.join('\n\n')}\n`
}

function codecTargets(targets: readonly Target[]): string[] {
  const codecs = [...new Set(targets.map(({ codec }) => codec))]
  return codecs.map(codec => {
    const lines = targets.filter(target => target.codec === codec).map(target => `- ${describeTarget(target)}`)
    return `Targets, ${codec === 'none' ? 'uncompressed' : codec}:\n\n${lines.join('\n')}`
  })
}
