import type { ValidationResult } from '../config/validate-files.js'
import { githubValidation } from './validation-github.js'
import { junitValidation } from './validation-junit.js'
import { prettyValidation } from './validation-pretty.js'
import { sarifValidation } from './validation-sarif.js'

/** What a format needs besides the result. */
export interface FormatOptions {
  color: boolean
  /** Where files are named from, an absolute path. */
  workingDirectory: string
  /** The folder of the repository, an absolute path: readers of reports look there for the files. */
  root: string
  /** Of this tool. */
  version: string
}

/** The formats of `validate --format`: a new one is a function and a line here. Each returns whole lines. */
export const VALIDATION_FORMATS: Record<string, (result: ValidationResult, options: FormatOptions) => string> = {
  pretty: prettyValidation,
  json: jsonValidation,
  sarif: sarifValidation,
  junit: junitValidation,
  github: githubValidation,
}

/** One object: the verdict, and all findings of all files in the order of the files. */
function jsonValidation(result: ValidationResult): string {
  const files = result.files.map(({ file, kind, unreadable }) => ({
    file,
    kind: kind ?? null,
    ...(unreadable && { unreadable: unreadable.message }),
  }))
  // The excerpt is for people: who reads JSON has the file.
  const findings = result.files.flatMap(file => file.findings.map(({ sourceLine: _, ...finding }) => finding))
  return `${JSON.stringify({ valid: result.valid, files, findings }, null, 2)}\n`
}
