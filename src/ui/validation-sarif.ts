import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FileFinding, ValidatedFile } from '../config/file-findings.js'
import type { ValidationResult } from '../config/validate-files.js'
import type { FormatOptions } from './validation-formats.js'
import { placeInRepository } from './validation-places.js'

/**
 * SARIF 2.1.0 (OASIS), for code scanning and editors. Paths are from the root of the repository, as those readers want
 * them. Lines of the files are not quoted: the reader has the files.
 */
export function sarifValidation(result: ValidationResult, options: FormatOptions): string {
  const findings = result.files.flatMap(file => file.findings)
  const rules = [...new Set(findings.map(({ code }) => code))].sort()
  const ruleIndexes = new Map(rules.map((rule, index) => [rule, index]))
  const notifications = result.files.flatMap(file => notificationOf(file, options))
  const run = {
    tool: {
      driver: {
        name: 'kafka-replicator validate',
        version: options.version,
        semanticVersion: options.version,
        rules: rules.map(id => ({ id, shortDescription: { text: id.replaceAll('-', ' ') } })),
      },
    },
    invocations: [
      {
        // Whether everything could be looked at; what was found there is another matter.
        executionSuccessful: notifications.length === 0,
        ...(notifications.length > 0 && { toolExecutionNotifications: notifications }),
      },
    ],
    columnKind: 'utf16CodeUnits',
    results: findings.map(finding => resultOf(finding, ruleIndexes.get(finding.code)!, options)),
  }
  return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, null, 2)}\n`
}

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

function resultOf(finding: FileFinding, ruleIndex: number, options: FormatOptions) {
  const { file, line, column, pointer, severity, code, message, fix } = finding
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: fix === undefined ? message : `${message} ${fix}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: artifactOf(file, options),
          region: { startLine: line, startColumn: column },
        },
        ...(pointer !== '' && { logicalLocations: [{ fullyQualifiedName: pointer }] }),
      },
    ],
  }
}

function notificationOf({ file, unreadable }: ValidatedFile, options: FormatOptions) {
  if (unreadable === undefined) return []
  const locations = [{ physicalLocation: { artifactLocation: artifactOf(file, options) } }]
  return [{ level: 'error', message: { text: unreadable.message }, locations }]
}

function artifactOf(file: string, options: FormatOptions) {
  const place = placeInRepository(file, options)
  if (path.isAbsolute(place)) return { uri: pathToFileURL(place).href }
  return { uri: place.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' }
}
