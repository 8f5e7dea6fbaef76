import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { JsonDocument } from '../../config/json-document.js'
import { parseJson as parseDocument } from '../../config/json-document.js'
import { ExitCode, messageOf } from '../../errors.js'
import { UsageError } from '../errors.js'
import type { Shell } from '../shell.js'
import type { Shape } from './shape.js'

/** Where the text of an option came from: a file, for messages with a position, or the command line itself. */
export interface ValueSource {
  option: string
  /** Absolute; undefined for inline text. */
  file: string | undefined
  text: string
  /** Once it was read as JSON. */
  document?: JsonDocument
}

export interface ReadValue {
  value: unknown
  /** One per shell word of the option. */
  sources: ValueSource[]
}

/** Turns the words after an option into the value of a member: files are read first, then the shape decides. */
export async function readValue(option: string, words: string[], shape: Shape, shell: Shell): Promise<ReadValue> {
  const sources: ValueSource[] = []
  for (const word of words) sources.push(await loadWord(option, word, shell))
  return { value: READERS[shape.kind](sources, shape), sources }
}

/** The text behind `file://` or `fileb://`, or the word itself. */
export async function loadWord(option: string, word: string, shell: Shell): Promise<ValueSource> {
  const scheme = /^fileb?:\/\//.exec(word)?.[0]
  if (scheme === undefined) return { option, file: undefined, text: word }
  const file = resolve(shell.workingDirectory, expanded(word.slice(scheme.length), shell.env))
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    throw parseError(option, `Unable to load paramfile ${word}: ${readFault(error, file)}`)
  }
  try {
    return { option, file, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    throw parseError(option, `Unable to load paramfile (${file}), text contents could not be decoded: it is not UTF-8.`)
  }
}

/** A fault in the text of an option: 252, with the option's name. */
export function parseError(option: string, problem: string, fix?: string): UsageError {
  return new UsageError(`Error parsing parameter '${option}': ${problem}`, { fix })
}

type Reader = (sources: ValueSource[], shape: Shape) => unknown

/** One reader per kind of shape. Shorthand syntax will be a branch of `structured`. */
const READERS: Record<Shape['kind'], Reader> = {
  string: sources => sources[0]?.text ?? '',
  timestamp: sources => sources[0]?.text ?? '',
  integer: sources => readInteger(sources[0]?.text ?? ''),
  boolean: sources => (sources[0]?.text ?? '') === 'true',
  structure: sources => structured(sources[0], '{'),
  map: sources => structured(sources[0], '{'),
  list: readList,
}

/** A list is one JSON text, or one item per word; a single JSON object stands for a list of one. */
function readList(sources: ValueSource[], shape: Shape): unknown {
  const [only] = sources
  if (sources.length === 1 && only !== undefined && startsWith(only, '[')) return parseJson(only)
  if (shape.kind === 'list' && shape.item.kind === 'structure') return sources.map(source => structured(source, '{'))
  return sources.map(source => source.text)
}

function structured(source: ValueSource | undefined, opening: '{' | '['): unknown {
  if (source !== undefined && startsWith(source, opening)) return parseJson(source)
  const { option = '', text = '', file } = source ?? {}
  if (file !== undefined || /^\s*[{["]/.test(text))
    throw parseError(option, `Invalid JSON:\n${text || 'the text is empty'}`)
  throw parseError(option, 'shorthand is not understood yet: write JSON or file://')
}

function startsWith(source: ValueSource, opening: string): boolean {
  return source.text.trimStart().startsWith(opening)
}

/** Parses the JSON text of an option, keeping where everything stands; a fault is told with line and column. */
export function parseJson(source: ValueSource): unknown {
  const document = parseDocument(source.text)
  source.document = document
  const [problem] = document.problems
  if (problem === undefined) return document.value
  const { line, column } = document.position(problem.offset)
  const where = source.file === undefined ? '' : `${source.file}:${line}:${column}: `
  const received = source.file === undefined ? `\nJSON received: ${source.text}` : ''
  const what = `${problem.message.replace(/\.$/, '')}: line ${line} column ${column} (char ${problem.offset})`
  throw parseError(source.option, `Invalid JSON: ${where}${what}${received}`, problem.fix)
}

function readInteger(text: string): number {
  if (/^\s*[+-]?\d+\s*$/.test(text)) return Number(text)
  throw new UsageError(`invalid literal for int() with base 10: '${text}'`, { exitCode: ExitCode.Other, bare: true })
}

function expanded(path: string, env: Shell['env']): string {
  const home = path.replace(/^~(?=\/|$)/, env.HOME || homedir())
  return home.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced?: string, bare?: string) => env[braced ?? bare ?? ''] ?? whole,
  )
}

const READ_FAULTS: Record<string, string> = {
  ENOENT: '[Errno 2] No such file or directory',
  EACCES: '[Errno 13] Permission denied',
  EISDIR: '[Errno 21] Is a directory',
}

function readFault(error: unknown, file: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return `${READ_FAULTS[code] ?? messageOf(error)}: '${file}'`
}
