import path from 'node:path'
import { ExitCode, UserError } from '../errors.js'
import { applyRules } from './cross-field-rules.js'
import { parseJson } from './json-document.js'
import { pathFromReference, readConfigFile } from './load-files.js'
import { checkSchema } from './schema-check.js'
import { schemaViolations } from './schema-findings.js'
import type { Connections } from './types.js'

/**
 * Reads `--connections`: `file://path`, a path, or the JSON itself. Secret files become absolute, taken relative to the
 * connections file, so that a registered replicator runs from any folder. A wrong file is a UserError.
 */
export async function loadConnections(reference: string): Promise<Connections> {
  const inline = reference.trimStart().startsWith('{')
  const file = inline ? '--connections' : pathFromReference(reference)
  const document = parseJson(inline ? reference : await readConfigFile(reference))
  const problem = document.problems[0]
  if (problem !== undefined) {
    const { line, column } = document.position(problem.offset)
    throw wrong(`${file}:${line}:${column}: ${problem.message}.`, problem.fix)
  }
  const violation = schemaViolations(await checkSchema('connections', document.value))[0]
  if (violation !== undefined) throw wrong(`${file}: ${violation.message}.`, violation.fix)
  const connections = document.value as unknown as Connections
  const objection = applyRules({ connections }).find(({ severity = 'error' }) => severity === 'error')
  if (objection !== undefined) throw wrong(`${file}: ${objection.message}`, objection.fix)
  return withAbsoluteFiles(connections, inline ? process.cwd() : path.dirname(path.resolve(file)))
}

function withAbsoluteFiles(connections: Connections, folder: string): Connections {
  if (connections.Secrets === undefined) return connections
  const secrets = Object.entries(connections.Secrets).map(
    ([arn, { File }]) => [arn, { File: path.resolve(folder, pathFromReference(File)) }] as const,
  )
  return { ...connections, Secrets: Object.fromEntries(secrets) }
}

function wrong(message: string, fix: string | undefined): UserError {
  return new UserError(message, { exitCode: ExitCode.Usage, fix })
}
