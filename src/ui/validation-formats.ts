import { Chalk, type ChalkInstance } from 'chalk'
import type { FileFinding, ValidatedFile, ValidationResult } from '../config/validate-files.js'
import { plainLine } from './plain-text.js'

/** How a format may draw. */
export interface FormatOptions {
  color: boolean
}

/** The formats of `validate --format`: a new one is a function and a line here. Each returns whole lines. */
export const VALIDATION_FORMATS: Record<string, (result: ValidationResult, options: FormatOptions) => string> = {
  pretty: prettyValidation,
  json: jsonValidation,
}

/** Long lines are cut around the place that is meant. */
const EXCERPT_WIDTH = 100

const SEVERITY_COLORS = { error: 'red', warning: 'yellow', note: 'cyan' } as const

/** One object: the verdict, and all findings of all files in the order of the files. */
function jsonValidation(result: ValidationResult): string {
  const files = result.files.map(({ file, kind }) => ({ file, kind: kind ?? null }))
  // The excerpt is for people: who reads JSON has the file.
  const findings = result.files.flatMap(file => file.findings.map(({ sourceLine: _, ...finding }) => finding))
  return `${JSON.stringify({ valid: result.valid, files, findings }, null, 2)}\n`
}

/** For people: findings under their file, with the line and what to write instead; the verdict comes last. */
function prettyValidation(result: ValidationResult, { color }: FormatOptions): string {
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
  const findings = result.files.flatMap(file => file.findings)
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  const warned = warnings === 0 ? '' : `, ${counted(warnings, 'warning')}`
  if (result.valid) return paint.green(`${counted(result.files.length, 'file')} valid`) + warned
  const wrong = result.files.filter(file => file.findings.some(({ severity }) => severity === 'error')).length
  return paint.red(`${counted(errors, 'problem')} in ${counted(wrong, 'file')}`) + warned
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
