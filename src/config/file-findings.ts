import type { UserError } from '../errors.js'
import { type Finding, pointerOf } from './findings.js'
import type { JsonDocument } from './json-document.js'
import { offsetOf } from './json-tree.js'
import type { FileKind } from './kind-of-file.js'
import { SECRET_ARN_CODE, type Violation } from './schema-findings.js'

/** A finding with the line it points into, for people; left out where the file may hold a secret. */
export interface FileFinding extends Finding {
  sourceLine?: string
}

/** What is known of a file after the checks. */
export interface ValidatedFile {
  file: string
  kind: FileKind | undefined
  findings: FileFinding[]
  /** Why it could not be read; then nothing else is known of it. */
  unreadable?: UserError
}

/** Writes down what is wrong with one file, with its places. */
export class FileFindings {
  readonly findings: FileFinding[] = []
  readonly file: string
  readonly #document: JsonDocument
  readonly #mayBeShown: boolean

  constructor(file: string, document: JsonDocument) {
    this.file = file
    this.#document = document
    this.#mayBeShown = mayBeShown(document.text)
    for (const { offset, ...problem } of document.problems) {
      const message = `${problem.message.charAt(0).toUpperCase()}${problem.message.slice(1)}.`
      this.findings.push({ ...this.#findingAt(offset), ...problem, message })
    }
  }

  addViolation(violation: Violation): void {
    const { root } = this.#document
    const offset = root === undefined ? 0 : offsetOf(root, violation.path, violation.at)
    const { code, message, fix, invalidParameter, severity = 'error' } = violation
    const { sourceLine, ...base } = this.#findingAt(offset)
    this.findings.push({
      ...base,
      ...(sourceLine !== undefined && code !== SECRET_ARN_CODE && { sourceLine }),
      pointer: pointerOf(violation.path),
      severity,
      code,
      message: message.endsWith('.') ? message : `${message.charAt(0).toUpperCase()}${message.slice(1)}.`,
      ...(fix !== undefined && { fix }),
      ...(invalidParameter !== undefined && { invalidParameter }),
    })
  }

  addUnknownKind(): void {
    const { sourceLine: _, ...base } = this.#findingAt(this.#document.root?.offset ?? 0)
    this.findings.push({
      ...base,
      code: 'unknown-kind',
      message: 'This is none of the files that can be checked.',
      fix: 'They are kafka-clusters.json and replication-info.json (lists), log-delivery.json, connections.json and the input of create-replicator (objects).',
    })
  }

  #findingAt(offset: number): Omit<FileFinding, 'code' | 'message'> {
    const { line, column } = this.#document.position(offset)
    const sourceLine = this.#mayBeShown ? this.#document.line(line) : ''
    return { file: this.file, line, column, pointer: '', severity: 'error', ...(sourceLine !== '' && { sourceLine }) }
  }
}

/** Whether lines of the file may be quoted: not of a secret given by mistake, nor of a file that is no JSON at all. */
function mayBeShown(text: string): boolean {
  return (
    /^\s*(?:[[{]|\/\/|\/\*)/.test(text) &&
    !/password|private.?key|client_?secret|secret_?access|BEGIN [A-Z ]*KEY/i.test(text)
  )
}
