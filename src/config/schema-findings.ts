import type { ErrorObject } from 'ajv'
import { type JsonPath, pathOf, placeOf, quote } from './findings.js'
import { nearest } from './suggestions.js'

/** A finding before it has a place in a text: rules and schemas know values only. */
export interface Violation {
  path: JsonPath
  /** Whether the key or the value is what is wrong; findings point at it. */
  at?: 'key' | 'value'
  severity?: 'error' | 'warning' | 'note'
  code: string
  message: string
  fix?: string
  invalidParameter?: string
}

/** So many are told; the first ones usually cause the others. */
export const MAX_SCHEMA_FINDINGS = 50

/** The code of a finding whose line must not be shown. */
export const SECRET_ARN_CODE = 'secret-arn'

/**
 * What keeps the cross-field rules from reading a value: members that are missing or of another type, misspelt keys
 * (they would only complain that the right name is missing), and sizes above the limits: rules compare everything with
 * everything, which is quick only for as many as there may be.
 */
const UNSOUND = ['type', 'required', 'additionalProperties', 'maxItems', 'maxProperties', 'maxLength']

/** Whether a value has the members, types and sizes its kind promises, so that the cross-field rules may read it. */
export function isSound(errors: readonly ErrorObject[]): boolean {
  // Keys of maps are left to a rule, which reads no more of them than their beginnings.
  return !errors.some(({ keyword, propertyName }) => propertyName === undefined && UNSOUND.includes(keyword))
}

/** Turns Ajv's errors into sentences: one for each thing a person has to mend. */
export function schemaViolations(errors: readonly ErrorObject[]): Violation[] {
  const misspelt = errors.flatMap(error => {
    const meant = error.keyword === 'additionalProperties' ? suggestedKey(error) : undefined
    return meant === undefined ? [] : [`${error.instancePath}/${meant}`]
  })
  const explained = new Set(misspelt)
  const violations: Violation[] = []
  for (const error of errors) {
    // A key that is there, only misspelt, is not also missing.
    const missing = error.keyword === 'required' ? `${error.instancePath}/${error.params.missingProperty}` : ''
    // Keys of maps (tags) are judged by a cross-field rule, which can name them.
    if (explained.has(missing) || error.keyword === 'propertyNames' || error.propertyName !== undefined) continue
    violations.push(violationOf(error))
    if (violations.length === MAX_SCHEMA_FINDINGS) break
  }
  return violations
}

type Sentence = Omit<Violation, 'path'> & { path?: JsonPath }

/** One small function for each JSON Schema keyword our schemas use. */
const SENTENCES: Record<string, (error: ErrorObject, place: string) => Sentence> = {
  additionalProperties: unknownKey,
  required: missingKey,
  enum: wrongWord,
  type: wrongType,
  pattern: (error, place) => ({
    // What stands where a secret's ARN belongs may be the secret: it is not quoted, and its line is not shown.
    code: String(error.params.pattern).includes('secretsmanager') ? SECRET_ARN_CODE : 'pattern',
    message: `${place} does not have the form it needs`,
    fix: capital(parentOf(error).patternErrorMessage ?? 'see the schema'),
  }),
  minItems: (error, place) => count(error, place, 'at least'),
  maxItems: (error, place) => count(error, place, 'at most'),
  maxProperties: (error, place) => ({
    code: 'count',
    message: `${place} has more than ${error.params.limit} entries`,
  }),
  uniqueItems: (error, place) => ({
    path: [...pathOf(error.instancePath), Math.max(error.params.i, error.params.j)],
    code: 'unique',
    message: `${place} has the same entry twice`,
    fix: 'Remove one of them.',
  }),
  minLength: (error, place) => ({
    code: 'length',
    message:
      error.params.limit === 1 ? `${place} is empty` : `${place} is shorter than ${error.params.limit} characters`,
  }),
  maxLength: (error, place) => ({
    code: 'length',
    message: `${place} has ${String(error.data).length} characters, the limit is ${error.params.limit}`,
  }),
  dependentRequired: (error, place) => ({
    code: 'missing-key',
    message: `${place} has ${error.params.property} but not ${error.params.missingProperty}`,
    fix: `Add "${error.params.missingProperty}".`,
  }),
}

function violationOf(error: ErrorObject): Violation {
  const path = pathOf(error.instancePath)
  const place = placeOf(path) || 'The file'
  const sentence = SENTENCES[error.keyword]?.(error, place) ?? {
    code: error.keyword,
    message: `${place} ${error.message ?? 'is not valid'}`,
  }
  const full = { ...sentence, path: sentence.path ?? path }
  const parameter = invalidParameterOf(full.path)
  return parameter === undefined ? full : { ...full, invalidParameter: parameter }
}

function unknownKey(error: ErrorObject): Sentence {
  const key = String(error.params.additionalProperty)
  const known = Object.keys(parentOf(error).properties ?? {})
  const meant = suggestedKey(error)
  const wrongCase = meant?.toLowerCase() === key.toLowerCase()
  const path = [...pathOf(error.instancePath), key]
  return {
    path,
    at: 'key',
    code: wrongCase ? 'key-case' : 'unknown-key',
    message: `the key ${quote(key)} is not known here${wrongCase ? ': names begin with a capital letter, as in the AWS CLI' : ''}`,
    fix: meant === undefined ? `Known are ${list(known)}.` : `Did you mean "${meant}"?`,
  }
}

function suggestedKey(error: ErrorObject): string | undefined {
  return nearest(String(error.params.additionalProperty), Object.keys(parentOf(error).properties ?? {}))
}

function missingKey(error: ErrorObject, place: string): Sentence {
  const key = String(error.params.missingProperty)
  return { code: 'missing-key', message: `${place} needs the key "${key}"`, fix: `Add "${key}".` }
}

function wrongWord(error: ErrorObject): Sentence {
  const allowed = (error.params.allowedValues as unknown[]).map(String)
  const meant = typeof error.data === 'string' ? nearest(error.data, allowed) : undefined
  const shown = typeof error.data === 'string' ? quote(error.data) : `a ${typeOf(error.data)}`
  return {
    code: 'unknown-value',
    message: `${shown} is not one of ${list(allowed)}`,
    ...(meant !== undefined && { fix: `Did you mean "${meant}"?` }),
  }
}

function wrongType(error: ErrorObject, place: string): Sentence {
  const wanted = TYPE_NAMES[String(error.params.type)] ?? String(error.params.type)
  const quoted = error.data === 'true' || error.data === 'false'
  return {
    code: 'type',
    message: `${place} must be ${wanted}, not ${typeOf(error.data)}`,
    ...(quoted && { fix: `Write ${error.data} without quotes.` }),
    ...(error.params.type === 'array' && { fix: 'Put it into square brackets: [ … ].' }),
  }
}

function count(error: ErrorObject, place: string, bound: string): Sentence {
  const found = Array.isArray(error.data) ? error.data.length : 0
  const { minItems, maxItems } = parentOf(error)
  const wanted = minItems === maxItems ? 'exactly' : bound
  return { code: 'count', message: `${place} has ${found} entries and needs ${wanted} ${error.params.limit}` }
}

const TYPE_NAMES: Record<string, string> = {
  array: 'a list',
  object: 'an object',
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'boolean' ? String(value) : (TYPE_NAMES[typeof value] ?? typeof value)
}

interface ParentSchema {
  properties?: Record<string, unknown>
  patternErrorMessage?: string
  minItems?: number
  maxItems?: number
}

/** The schema around the failed keyword (Ajv's `verbose` option puts it into each error). */
function parentOf(error: ErrorObject): ParentSchema {
  return (error.parentSchema ?? {}) as ParentSchema
}

/** The API names the innermost member, with a small first letter; `MTLS` is its only irregular name. */
function invalidParameterOf(path: JsonPath): string | undefined {
  if (path[0] === 'Tags') return 'tags' // whose keys are the user's, not members
  const name = path.findLast(part => !/^\d+$/.test(String(part)))
  if (name === undefined) return undefined
  return name === 'MTLS' ? 'mTLS' : String(name).replace(/^[A-Z]/, letter => letter.toLowerCase())
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
}
