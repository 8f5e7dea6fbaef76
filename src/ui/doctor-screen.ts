import { Chalk, type ChalkInstance } from 'chalk'
import type { Area, DoctorReport, Finding, Severity } from '../doctor/finding.js'
import { plainLine } from './plain-text.js'

export interface DoctorLook {
  /** Columns; undefined (not a terminal): 80. */
  width: number | undefined
  color: boolean
  unicode: boolean
  /** What to run when all is well. */
  next: string
}

const TITLES: Record<Area, string> = {
  brokers: 'Brokers and login',
  certificates: 'Certificates',
  clusters: 'Cluster ids',
  versions: 'Versions',
  rights: 'Rights',
  topics: 'Topics',
  groups: 'Consumer groups',
  quotas: 'Quotas',
  clocks: 'Clocks',
  retention: 'Retention',
}
const MARKS: Record<Severity, { unicode: string; ascii: string }> = {
  ok: { unicode: '✓', ascii: 'ok' },
  warning: { unicode: '!', ascii: '!' },
  error: { unicode: '✗', ascii: 'X' },
  unknown: { unicode: '?', ascii: '?' },
}
const INDENT = '    '
const LEAST_WIDTH = 40
const USUAL_WIDTH = 80

/** What doctor found: by area, each with why it matters and what mends it; the verdict last. */
export function doctorScreen(report: DoctorReport, look: DoctorLook): string {
  const chalk = new Chalk({ level: look.color ? 1 : 0 })
  const lines: string[] = []
  let area: Area | undefined
  for (const finding of report.findings) {
    if (finding.area !== area) lines.push(...(area === undefined ? [] : ['']), chalk.bold(TITLES[finding.area]))
    area = finding.area
    lines.push(...linesOf(finding, look, chalk))
  }
  const isReady = report.counts.error === 0
  const verdict = wrapped(verdictOf(report), '', look).map(line => tintOf(isReady ? 'ok' : 'error', chalk)(line))
  // A command is copied: it stays on one line, however long.
  const next = isReady ? [`  ${plainLine(look.next)}`] : []
  return `${[...lines, '', ...verdict, ...next].join('\n')}\n`
}

function linesOf({ fix, severity, what, why }: Finding, look: DoctorLook, chalk: ChalkInstance): string[] {
  const mark = MARKS[severity][look.unicode ? 'unicode' : 'ascii']
  const [first = '', ...rest] = wrapped(what, INDENT, look)
  return [
    `${tintOf(severity, chalk)(mark.padStart(3))} ${first.slice(INDENT.length)}`,
    ...rest,
    ...(why === null ? [] : wrapped(why, INDENT, look).map(line => chalk.dim(line))),
    ...(fix === null ? [] : [`${INDENT}${look.unicode ? '→' : '->'} ${plainLine(fix)}`]),
  ]
}

function verdictOf({ counts, replicatorName }: DoctorReport): string {
  const name = plainLine(replicatorName)
  const { error, unknown, warning } = counts
  const rest = [
    ...(warning > 0 ? [`${warning} ${warning === 1 ? 'warning' : 'warnings'}`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ]
  const also = rest.length === 0 ? '' : ` (${rest.join(', ')})`
  if (error > 0) {
    return `${name} is not ready: ${error} ${error === 1 ? 'error' : 'errors'}${also}. Mend what is marked, then run doctor again.`
  }
  return `${name} is ready: no error${also}. Next:`
}

function tintOf(severity: Severity, chalk: ChalkInstance): (text: string) => string {
  return { ok: chalk.green, warning: chalk.yellow, error: chalk.red, unknown: chalk.cyan }[severity]
}

/** Broken between words so that it fits; a longer word stays whole, since names are copied. */
function wrapped(text: string, indent: string, { width }: Pick<DoctorLook, 'width'>): string[] {
  const room = Math.max(LEAST_WIDTH, width ?? USUAL_WIDTH)
  const lines: string[] = []
  let line = indent
  for (const word of plainLine(text).split(' ')) {
    const longer = line === indent ? `${indent}${word}` : `${line} ${word}`
    if (longer.length > room && line !== indent) {
      lines.push(line)
      line = `${indent}${word}`
    } else line = longer
  }
  return [...lines, line]
}
