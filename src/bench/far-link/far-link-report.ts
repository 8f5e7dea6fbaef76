import type { BenchOptions } from '../options.js'
import { figure, times } from '../report/figures.js'
import { describeMachine, type Machine } from '../report/machine.js'
import { ratio } from '../report/summary.js'
import { renderMarkdown, renderTerminal } from '../report/table.js'
import { describeTarget, type Target } from '../report/targets.js'
import { RECORD_BYTES } from '../stage.js'
import { DELAY_EACH_WAY_MS, type FarRun } from './far-link.js'

export interface FarLinkReport {
  startedAt: string
  machine: Machine
  options: BenchOptions
  runs: FarRun[]
  target: Target
}

const TIMES_FASTER_MIN = 50

export function farLinkReport(runs: FarRun[], options: BenchOptions, startedAtMs: number): FarLinkReport {
  return {
    startedAt: new Date(startedAtMs).toISOString(),
    machine: describeMachine('4.2.0'),
    options,
    runs,
    target: judge(runs),
  }
}

function judge(runs: readonly FarRun[]): Target {
  const rateOf = (name: string) => runs.find(({ contestant }) => contestant === name)?.recordsPerSecond
  const measured = ratio(rateOf('ours'), rateOf('mm2-defaults'))
  return {
    codec: 'none',
    promise: `one-record batches over 100 ms: ${TIMES_FASTER_MIN} × MirrorMaker 2 with defaults`,
    measured: times(measured),
    reached: measured === null ? undefined : measured >= TIMES_FASTER_MIN,
  }
}

export function renderFarLink({ runs, target, machine }: FarLinkReport, markdown: boolean): string {
  const ours = runs.find(({ contestant }) => contestant === 'ours')
  const grid = {
    head: ['', 'records', 'seconds', 'records/s', 'MB/s', 'peak MB', 'equal', 'ours: faster'],
    wordColumns: 1,
    rows: runs.map(run => [
      run.contestant,
      String(run.recordsArrived),
      figure(run.seconds),
      figure(run.recordsPerSecond),
      figure(run.recordsPerSecond === null ? null : (run.recordsPerSecond * RECORD_BYTES) / 1e6),
      figure(run.peakMegabytes),
      run.isEqual === undefined ? 'not all' : run.isEqual ? 'yes' : 'NO',
      times(ratio(ours?.recordsPerSecond, run.recordsPerSecond)),
    ]),
  }
  const lines = [
    `${machine.cpus} × ${machine.cpuModel}, Node ${machine.node}, Kafka ${machine.kafka}`,
    `4 partitions, batches of one 1 KiB record; target ${2 * DELAY_EACH_WAY_MS} ms away (there and back), contestant at the source`,
    '',
    (markdown ? renderMarkdown : renderTerminal)(grid),
    '',
    ...runs.map(({ contestant, settings }) => `- ${contestant}: ${settings}.`),
    `- ${describeTarget(target)}`,
    ...runs.flatMap(({ contestant, problems }) => problems.map(problem => `- PROBLEM, ${contestant}: ${problem}`)),
  ]
  return lines.join('\n')
}
