import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemClock } from '../clock.js'
import { ExitCode, UserError } from '../errors.js'
import { runBenchmark } from './benchmark.js'
import { runFarLink } from './far-link/far-link.js'
import { farLinkReport, renderFarLink } from './far-link/far-link-report.js'
import { describeGroups, unmetTargets as unmetGroupTargets } from './groups/groups-report.js'
import { measureGroups } from './groups/measure-groups.js'
import { describeManyTopics, measureManyTopics, unmetTargets } from './many-topics.js'
import { type BenchOptions, HELP, parseOptions } from './options.js'
import { describeMachine } from './report/machine.js'
import { makeReport, renderReport } from './report/report.js'

// Every process that we started has a guard and ends with ours, so leaving at once leaves nothing behind.
process.once('SIGINT', () => process.exit(ExitCode.Interrupted))
process.once('SIGTERM', () => process.exit(ExitCode.Interrupted))

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UserError)) throw error
  process.stderr.write(`${error.message}\n${error.fix ?? ''}\n`)
  process.exitCode = error.exitCode
}

async function main(argv: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(argv)
  if (options === undefined) {
    process.stdout.write(HELP)
    return ExitCode.Done
  }
  const startedAt = systemClock.now()
  const startedAtMonotonic = systemClock.monotonic()
  const say = (text: string) => {
    const seconds = Math.round((systemClock.monotonic() - startedAtMonotonic) / 1000)
    process.stderr.write(`${String(seconds).padStart(4)} s  ${text}\n`)
  }
  if (options.manyTopics) return manyTopics(options, say)
  if (options.groups) return groups(options, say)
  const { report, text, runs } = options.farLink
    ? await farLink(options, startedAt, say)
    : await comparison(options, startedAt, say)
  process.stdout.write(`\n${text}\n`)
  const file = options.json ?? join('bench-results', `${report.startedAt.replaceAll(/[:.]/g, '-')}.json`)
  await writeJson(report, file)
  say(`written: ${file}`)
  return runs.every(({ problems }) => problems.length === 0) ? ExitCode.Done : ExitCode.No
}

async function comparison(options: BenchOptions, startedAt: number, say: (text: string) => void) {
  const results = await runBenchmark(options, systemClock, say)
  const report = makeReport(results, options, startedAt)
  return { report, text: renderReport(report, options.markdown), runs: results.runs }
}

async function farLink(options: BenchOptions, startedAt: number, say: (text: string) => void) {
  const runs = await runFarLink(options, systemClock, say)
  const report = farLinkReport(runs, options, startedAt)
  return { report, text: renderFarLink(report, options.markdown), runs }
}

async function manyTopics(options: BenchOptions, say: (text: string) => void): Promise<ExitCode> {
  const result = await measureManyTopics(options, systemClock, say)
  process.stdout.write(`\n${describeManyTopics(result)}\n`)
  if (options.json !== undefined) await writeJson({ machine: describeMachine('4.2.0'), ...result }, options.json)
  return unmetTargets(result).length === 0 ? ExitCode.Done : ExitCode.No
}

async function groups(options: BenchOptions, say: (text: string) => void): Promise<ExitCode> {
  const { groupParts: parts, groupRecords: records, only, cpuProfileFolder } = options
  const result = await measureGroups({ parts, records, only, cpuProfileFolder }, systemClock, say)
  process.stdout.write(`\n${describeGroups(result, options.markdown)}\n`)
  if (options.json !== undefined) await writeJson({ machine: describeMachine('4.2.0'), ...result }, options.json)
  return unmetGroupTargets(result).length === 0 ? ExitCode.Done : ExitCode.No
}

async function writeJson(report: object, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`)
}
