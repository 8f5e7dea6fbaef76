import path from 'node:path'
import { ExitCode, UserError } from '../errors.js'
import { groupBy } from '../group-by.js'
import { applyRules } from './cross-field-rules.js'
import { FileFindings, type ValidatedFile } from './file-findings.js'
import { findFiles } from './find-files.js'
import type { Finding } from './findings.js'
import { parseJson } from './json-document.js'
import type { JsonValue } from './json-tree.js'
import { type FileKind, kindOfFile } from './kind-of-file.js'
import { type Chunks, readConfigFile, readStandardInput, STANDARD_INPUT } from './load-files.js'
import type { Facts } from './rule.js'
import { checkSchema } from './schema-check.js'
import { isSound, schemaViolations } from './schema-findings.js'
import type { Connections, KafkaCluster, LogDelivery, ReplicationInfo } from './types.js'
import { requestViolations } from './validate-request.js'

/** The answer of `validate`: what `--format json` prints and every other format renders. */
export interface ValidationResult {
  /** Whether every file could be read and none has an error. */
  valid: boolean
  files: ValidatedFile[]
}

export interface ValidateOptions {
  /** Also what is not portable to AWS. */
  strict?: boolean
  /** What `-` among the files stands for; not called without one. */
  standardInput?: () => Chunks
}

/** So many are told of a file; the first ones usually cause the others. */
const MAX_FINDINGS = 100

/** A file whose values have the types of its kind, so that others may be checked against it. */
interface SoundFile {
  facts: Facts
  report: FileFindings
}

interface CheckedFile {
  result: ValidatedFile
  /** Undefined where there is nothing to check against others: then its text is let go, since thousands may be given. */
  sound?: SoundFile | undefined
}

/**
 * Checks the files (paths, patterns, and `-` for standard input), each alone and those that belong together against each
 * other. One that cannot be read is told in its place, and the others are checked all the same.
 */
export async function validateFiles(
  names: readonly string[],
  options: ValidateOptions = {},
): Promise<ValidationResult> {
  const files = await findFiles(names)
  const checked: CheckedFile[] = []
  for (const file of files) checked.push(await checkFile(file, options))
  const sound = checked.flatMap(file => file.sound ?? [])
  crossCheck(sound, options.strict === true)
  const results = checked.map(({ result }) => result)
  for (const result of results) result.findings = result.findings.sort(inTextOrder).slice(0, MAX_FINDINGS)
  return { valid: results.every(isValid), files: results }
}

function isValid({ unreadable, findings }: ValidatedFile): boolean {
  return unreadable === undefined && !findings.some(({ severity }) => severity === 'error')
}

async function checkFile(name: string, { strict = false, standardInput }: ValidateOptions): Promise<CheckedFile> {
  const file = name === '-' ? STANDARD_INPUT : name
  try {
    const bytes = name === '-' ? await readStandardInput(standardInput?.() ?? []) : await readConfigFile(name)
    return await checkText(file, bytes, strict)
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.Environment) throw error
    return { result: { file, kind: undefined, findings: [], unreadable: error } }
  }
}

async function checkText(file: string, bytes: Uint8Array, strict: boolean): Promise<CheckedFile> {
  const document = parseJson(bytes)
  const report = new FileFindings(file, document)
  const result: ValidatedFile = { file, kind: undefined, findings: report.findings }
  if (document.value === undefined) return { result }
  result.kind = kindOfFile(document.value, file)
  if (result.kind === undefined) {
    report.addUnknownKind()
    return { result }
  }
  const facts = await checkAlone(result.kind, document.value, report, strict)
  return { result, sound: facts && { facts, report } }
}

/** Shape and rules of one file; undefined when the shape is too wrong for the rules, or nothing else belongs to it. */
async function checkAlone(
  kind: FileKind,
  value: JsonValue,
  report: FileFindings,
  strict: boolean,
): Promise<Facts | undefined> {
  if (kind === 'create-replicator') {
    for (const violation of await requestViolations(value, { strict })) report.addViolation(violation)
    return undefined
  }
  const errors = await checkSchema(kind, value)
  for (const violation of schemaViolations(errors)) report.addViolation(violation)
  if (!isSound(errors)) return undefined
  const facts = factsOf(kind, value)
  for (const objection of applyRules(facts, { strict })) report.addViolation(objection)
  return facts
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
 * `validate 'examples/**'` pairs rightly.
 */
function crossCheck(files: readonly SoundFile[], strict: boolean): void {
  const clusterFiles = files.filter(({ facts }) => facts.clusters !== undefined)
  const byFolder = groupBy(clusterFiles, folderOf)
  for (const other of files) {
    if (other.facts.clusters !== undefined) continue
    const candidates = byFolder.get(folderOf(other)) ?? clusterFiles
    const clusters = candidates.length === 1 ? candidates[0] : undefined
    if (clusters === undefined) continue
    for (const objection of applyRules({ ...clusters.facts, ...other.facts }, { strict, together: true })) {
      const place = objection.in === 'clusters' ? clusters : other
      place.report.addViolation(objection)
    }
  }
}

function folderOf({ report }: SoundFile): string {
  return path.dirname(path.resolve(report.file))
}

function inTextOrder(left: Finding, right: Finding): number {
  return left.line - right.line || left.column - right.column
}
