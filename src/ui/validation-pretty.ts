import { Chalk, type ChalkInstance } from 'chalk'
import type { FileFinding, ValidatedFile } from '../config/file-findings.js'
import type { ValidationResult } from '../config/validate-files.js'
import { plainLine } from './plain-text.js'
import type { FormatOptions } from './validation-formats.js'
import { verdictOn } from './validation-verdict.js'

/** Long lines are cut around the place that is meant. */
const EXCERPT_WIDTH = 100

const SEVERITY_COLORS = { error: 'red', warning: 'yellow', note: 'cyan' } as const

/** For people: findings under their file, with the line and what to write instead; the verdict comes last. */
export function prettyValidation(result: ValidationResult, { color }: Pick<FormatOptions, 'color'>): string {
  const paint = new Chalk({ level: color ? 1 : 0 })
  const blocks = result.files.filter(({ findings }) => findings.length > 0).map(file => fileBlock(file, paint))
  return [...blocks, `${verdict(result, paint)}\n`].join('\n')
}

function fileBlock({ findings }: ValidatedFile, paint: ChalkInstance): string {
  return findings.map(finding => findingBlock(finding, paint)).join('')
}

function findingBlock(finding: FileFinding, paint: ChalkInstance): string {
  const severity = paint[SEVERITY_COLORS[finding.severity]](finding.severity)
  const place = paint.bold(`${plainLine(finding.file)}:${finding.line}:${finding.column}`)
  const lines = [`${place}  ${severity}  ${plainLine(finding.message)} ${paint.dim(`(${finding.code})`)}`]
  if (finding.sourceLine !== undefined) lines.push(...excerpt(finding.sourceLine, finding.line, finding.column, paint))
  if (finding.fix !== undefined) lines.push(`    ${paint.green('fix:')} ${plainLine(finding.fix)}`)
  return `${lines.join('\n')}\n`
}

function excerpt(line: string, number: number, column: number, paint: ChalkInstance): string[] {
  const start = column <= EXCERPT_WIDTH - 20 ? 0 : column - EXCERPT_WIDTH / 2
  // A tab becomes one blank, so that the caret stands below its character; so does what `plainLine` would drop.
  const shown = [...line.slice(start, start + EXCERPT_WIDTH)].map(character => plainLine(character) || ' ').join('')
  const margin = `    ${number} | `
  const gap = ' '.repeat(String(number).length)
  return [paint.dim(margin) + shown, `    ${gap} ${paint.dim('|')} ${' '.repeat(column - 1 - start)}${paint.red('^')}`]
}

function verdict(result: ValidationResult, paint: ChalkInstance): string {
  const { text, remarks } = verdictOn(result)
  return (result.valid ? paint.green(text) : paint.red(text)) + remarks
}
