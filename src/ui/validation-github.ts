import type { FileFinding, ValidatedFile } from '../config/file-findings.js'
import type { ValidationResult } from '../config/validate-files.js'
import { plainText } from './plain-text.js'
import type { FormatOptions } from './validation-formats.js'
import { placeInRepository } from './validation-places.js'
import { verdictOn } from './validation-verdict.js'

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const

/** Workflow commands of GitHub Actions, which become notes at their lines in a pull request; the verdict comes last. */
export function githubValidation(result: ValidationResult, options: FormatOptions): string {
  const lines = result.files.flatMap(file => linesOf(file, options))
  const { text, remarks } = verdictOn(result)
  return `${[...lines, `${text}${remarks}`].join('\n')}\n`
}

function linesOf({ file, findings, unreadable }: ValidatedFile, options: FormatOptions): string[] {
  const place = placeInRepository(file, options)
  const lines = findings.map(finding => {
    const { line, column, severity, code } = finding
    return command(COMMANDS[severity], { file: place, line, col: column, title: code }, textOf(finding))
  })
  if (unreadable === undefined) return lines
  return [...lines, command('error', { file: place, title: 'unreadable' }, unreadable.message)]
}

function textOf({ message, fix }: FileFinding): string {
  return fix === undefined ? message : `${message}\n${fix}`
}

function command(name: string, properties: Record<string, string | number>, text: string): string {
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
  return `::${name} ${written.join(',')}::${escapeData(text)}`
}

/** As GitHub's own toolkit does: a line end would end the command, and what follows could be taken for another. */
function escapeData(text: string): string {
  return plainText(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
