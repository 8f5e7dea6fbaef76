import Table from 'cli-table3'
import { figure, times } from './figures.js'
import { ratio, type Summary } from './summary.js'

/** A table before it has a form. */
export interface Grid {
  head: string[]
  /** How many columns from the left hold words; the others hold figures. */
  wordColumns: number
  rows: string[][]
}

/** The contestants side by side. The last three columns say how much better ours is. */
export function resultGrid(summaries: readonly Summary[]): Grid {
  return {
    head: [
      '',
      'codec',
      'MB/s',
      'records/s',
      'CPU s/GB',
      'peak MB',
      'p50 ms',
      'p99 ms',
      'ours: faster',
      'less CPU',
      'less memory',
    ],
    wordColumns: 2,
    rows: summaries.map(one => {
      const ours = oursFor(one, summaries)
      return [
        one.contestant,
        codecName(one),
        figure(one.megabytesPerSecond),
        figure(one.recordsPerSecond),
        figure(one.cpuSecondsPerGb),
        figure(one.peakMegabytes),
        figure(one.p50Ms),
        figure(one.p99Ms),
        times(ratio(ours?.megabytesPerSecond, one.megabytesPerSecond)),
        times(ratio(one.cpuSecondsPerGb, ours?.cpuSecondsPerGb)),
        times(ratio(one.peakMegabytes, ours?.peakMegabytes)),
      ]
    }),
  }
}

/** Who used the CPU while the backlog was drained, and what was left of it when the JIT compilers had warmed up. */
export function cpuGrid(summaries: readonly Summary[]): Grid {
  return {
    head: ['CPU s/GB', 'codec', 'contestant', 'source broker', 'target broker', 'its 2nd half', 'MB/s 2nd half'],
    wordColumns: 2,
    rows: summaries.map(one => [
      one.contestant,
      codecName(one),
      figure(one.cpuSecondsPerGb),
      figure(one.sourceCpuSecondsPerGb),
      figure(one.targetCpuSecondsPerGb),
      figure(one.warmCpuSecondsPerGb),
      figure(one.warmMegabytesPerSecond),
    ]),
  }
}

export function renderTerminal({ head, wordColumns, rows }: Grid): string {
  const colAligns = head.map((_, column) => (column < wordColumns ? 'left' : 'right'))
  const table = new Table({ head, colAligns, style: { head: [], border: [] } })
  table.push(...rows)
  return table.toString()
}

export function renderMarkdown({ head, wordColumns, rows }: Grid): string {
  const rule = head.map((_, column) => (column < wordColumns ? '---' : '--:'))
  return [head, rule, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function oursFor({ codec }: Summary, summaries: readonly Summary[]): Summary | undefined {
  return summaries.find(one => one.contestant === 'ours' && one.codec === codec)
}

function codecName({ codec }: Summary): string {
  return codec === 'none' ? 'uncompressed' : codec
}
