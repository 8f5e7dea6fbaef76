import type { FileFinding, ValidatedFile } from '../config/file-findings.js'
import type { ValidationResult } from '../config/validate-files.js'
import { plainText } from './plain-text.js'
import type { FormatOptions } from './validation-formats.js'
import { placeInRepository } from './validation-places.js'

/**
 * JUnit's XML as CI servers read it: each file is a test case. One failure holds all that is wrong with the file, since
 * some readers show the first only; warnings are what the test printed, so they fail nothing.
 */
export function junitValidation(result: ValidationResult, options: FormatOptions): string {
  const failures = result.files.filter(file => errorsOf(file).length > 0).length
  const errors = result.files.filter(({ unreadable }) => unreadable !== undefined).length
  const counts = { tests: result.files.length, failures, errors, skipped: 0, time: 0 }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: SUITE, ...counts })}>`,
    `  <testsuite${attributes({ name: SUITE, ...counts })}>`,
    ...result.files.map(file => testCase(file, options)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

const SUITE = 'kafka-replicator validate'

function testCase(file: ValidatedFile, options: FormatOptions): string {
  const place = placeInRepository(file.file, options)
  const errors = errorsOf(file)
  const others = file.findings.filter(({ severity }) => severity !== 'error')
  const children = [
    ...(file.unreadable === undefined ? [] : [unreadableElement(file.unreadable.message)]),
    ...(errors.length === 0 ? [] : [failureElement(errors, place)]),
    ...(others.length === 0 ? [] : [`      <system-out>${escapeText(linesOf(others, place))}</system-out>\n`]),
  ]
  const opening = `    <testcase${attributes({ classname: SUITE, name: place, file: place, time: 0 })}`
  return children.length === 0 ? `${opening}/>` : `${opening}>\n${children.join('')}    </testcase>`
}

function errorsOf({ findings }: ValidatedFile): FileFinding[] {
  return findings.filter(({ severity }) => severity === 'error')
}

function unreadableElement(message: string): string {
  return `      <error${attributes({ message, type: 'unreadable' })}/>\n`
}

function failureElement(errors: readonly FileFinding[], place: string): string {
  const [first] = errors
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`
  const told = attributes({ message: `${first!.message}${more}`, type: first!.code })
  return `      <failure${told}>${escapeText(linesOf(errors, place))}</failure>\n`
}

function linesOf(findings: readonly FileFinding[], place: string): string {
  return findings
    .map(({ line, column, severity, message, fix, code }) => {
      const hint = fix === undefined ? '' : `\n  ${fix}`
      return `${place}:${line}:${column}: ${severity}: ${message} (${code})${hint}\n`
    })
    .join('')
}

function attributes(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(
      ([name, value]) => ` ${name}="${escapeText(String(value)).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`,
    )
    .join('')
}

/** XML 1.0 has no place for control characters, halves of characters and two others, not even escaped. */
function escapeText(text: string): string {
  return plainText(text)
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[\ufffe\uffff]/g, '')
    .replace(/\r\n?/g, '\n')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
