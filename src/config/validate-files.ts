import path from 'node:path'
import { applyRules, type RuleObjection } from './cross-field-rules.js'
import { type Finding, pointerOf } from './findings.js'
import { type JsonDocument, parseJson } from './json-document.js'
import { offsetOf } from './json-tree.js'
import { type FileKind, kindOfFile } from './kind-of-file.js'
import { pathFromReference, readConfigFile } from './load-files.js'
import type { Facts } from './rule.js'
import { checkSchema } from './schema-check.js'
import { isSound, SECRET_ARN_CODE, schemaViolations, type Violation } from './schema-findings.js'
import type { Connections, KafkaCluster, LogDelivery, ReplicationInfo } from './types.js'
import { requestViolations } from './validate-request.js'

/** A finding with the line it points into, for people; left out where the file may hold a secret. */
export interface FileFinding extends Finding {
  sourceLine?: string
}

export interface ValidatedFile {
  file: string
  kind: FileKind | undefined
  findings: FileFinding[]
}

/** The answer of `validate`: what `--format json` prints and every other format renders. */
export interface ValidationResult {
  valid: boolean
  files: ValidatedFile[]
}

/** A file on its way through the checks. */
interface CheckedFile {
  file: string
  kind: FileKind | undefined
  document: JsonDocument
  /** Present when the value has the types of its kind. */
  facts: Facts | undefined
  findings: FileFinding[]
}

/** Checks the files, each alone and those that belong together against each other. Throws when one cannot be read. */
export async function validateFiles(
  files: readonly string[],
  { strict = false }: { strict?: boolean } = {},
): Promise<ValidationResult> {
  const checked: CheckedFile[] = []
  for (const file of new Set(files.map(pathFromReference))) checked.push(await checkFile(file, strict))
  crossCheck(checked, strict)
  const results = checked.map(({ file, kind, findings }) => ({ file, kind, findings: findings.sort(inTextOrder) }))
  const valid = !results.some(({ findings }) => findings.some(({ severity }) => severity === 'error'))
  return { valid, files: results }
}

async function checkFile(file: string, strict: boolean): Promise<CheckedFile> {
  const document = parseJson(await readConfigFile(file))
  const kind = document.value === undefined ? undefined : kindOfFile(document.value, file)
  const checked: CheckedFile = { file, kind, document, facts: undefined, findings: [] }
  for (const { offset, ...problem } of document.problems) {
    const message = `${problem.message.charAt(0).toUpperCase()}${problem.message.slice(1)}.`
    checked.findings.push({ ...baseFinding(checked, offset), ...problem, message })
  }
  if (document.value === undefined) return checked
  if (kind === undefined) {
    checked.findings.push(unknownKind(checked))
    return checked
  }
  const violations = await violationsAlone(checked, kind, strict)
  for (const violation of violations) checked.findings.push(findingOf(checked, violation))
  return checked
}

async function violationsAlone(checked: CheckedFile, kind: FileKind, strict: boolean): Promise<Violation[]> {
  const { value } = checked.document
  if (kind === 'create-replicator') return requestViolations(value, { strict })
  const errors = await checkSchema(kind, value)
  const violations = schemaViolations(errors)
  if (!isSound(errors)) return violations
  checked.facts = factsOf(kind, value)
  return [...violations, ...applyRules(checked.facts, { strict })]
}

function factsOf(kind: Exclude<FileKind, 'create-replicator'>, value: unknown): Facts {
  switch (kind) {
    case 'kafka-clusters':
      return { clusters: value as KafkaCluster[] }
    case 'replication-info':
      return { flows: value as ReplicationInfo[] }
    case 'log-delivery':
      return { logDelivery: value as LogDelivery }
    case 'connections':
      return { connections: value as Connections }
  }
}

/**
 * Rules over two files. A file belongs to the kafka-clusters.json of its own folder, or to the only one given: so
 * `validate examples/**` pairs rightly.
 */
function crossCheck(checked: readonly CheckedFile[], strict: boolean): void {
  const clusterFiles = checked.filter(({ facts }) => facts?.clusters !== undefined)
  for (const other of checked) {
    if (other.facts === undefined || other.facts.clusters !== undefined) continue
    const clusters = clustersFor(other, clusterFiles)
    if (clusters?.facts === undefined) continue
    const objections = applyRules({ ...clusters.facts, ...other.facts }, { strict, together: true })
    for (const objection of objections) place(objection, clusters, other)
  }
}

function clustersFor(other: CheckedFile, clusterFiles: readonly CheckedFile[]): CheckedFile | undefined {
  const folder = path.dirname(path.resolve(other.file))
  const beside = clusterFiles.filter(({ file }) => path.dirname(path.resolve(file)) === folder)
  const candidates = beside.length > 0 ? beside : clusterFiles
  return candidates.length === 1 ? candidates[0] : undefined
}

function place(objection: RuleObjection, clusters: CheckedFile, other: CheckedFile): void {
  const file = objection.in === 'clusters' ? clusters : other
  file.findings.push(findingOf(file, objection))
}

function findingOf(checked: CheckedFile, violation: Violation): FileFinding {
  const { root } = checked.document
  const offset = root === undefined ? 0 : offsetOf(root, violation.path, violation.at)
  const { code, message, fix, invalidParameter, severity = 'error' } = violation
  const { sourceLine, ...base } = baseFinding(checked, offset)
  return {
    ...base,
    ...(sourceLine !== undefined && code !== SECRET_ARN_CODE && { sourceLine }),
    pointer: pointerOf(violation.path),
    severity,
    code,
    message: message.endsWith('.') ? message : `${message.charAt(0).toUpperCase()}${message.slice(1)}.`,
    ...(fix !== undefined && { fix }),
    ...(invalidParameter !== undefined && { invalidParameter }),
  }
}

function baseFinding({ file, document }: CheckedFile, offset: number): Omit<FileFinding, 'code' | 'message'> {
  const { line, column } = document.position(offset)
  const sourceLine = mayBeShown(document.text) ? document.line(line) : ''
  return { file, line, column, pointer: '', severity: 'error', ...(sourceLine !== '' && { sourceLine }) }
}

/** Whether lines of the file may be quoted: not of a secret given by mistake, nor of a file that is no JSON at all. */
function mayBeShown(text: string): boolean {
  return (
    /^\s*(?:[[{]|\/\/|\/\*)/.test(text) &&
    !/password|private.?key|client_?secret|secret_?access|BEGIN [A-Z ]*KEY/i.test(text)
  )
}

function unknownKind(checked: CheckedFile): FileFinding {
  const { sourceLine: _, ...base } = baseFinding(checked, checked.document.root?.offset ?? 0)
  return {
    ...base,
    code: 'unknown-kind',
    message: 'This is none of the files that can be checked.',
    fix: 'They are kafka-clusters.json and replication-info.json (lists), log-delivery.json, connections.json and the input of create-replicator (objects).',
  }
}

function inTextOrder(left: Finding, right: Finding): number {
  return left.line - right.line || left.column - right.column
}
