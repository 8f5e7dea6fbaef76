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
  // Of several words none is a file: the AWS CLI takes them as they are.
  const sources = words.length === 1 ? [await loadWord(option, words[0] ?? '', shell)] : words.map(inline(option))
  return { value: await READERS[shape.kind](sources, shape, shell), sources }
}

function inline(option: string): (word: string) => ValueSource {
  return word => ({ option, file: undefined, text: word })
}

/** The text behind `file://` or `fileb://`, or the word itself. */
export async function loadWord(option: string, word: string, shell: Shell): Promise<ValueSource> {
  const scheme = /^fileb?:\/\//.exec(word)?.[0]
  if (scheme === undefined) return inline(option)(word)
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

type Reader = (sources: ValueSource[], shape: Shape, shell: Shell) => unknown

const READERS: Record<Shape['kind'], Reader> = {
  string: sources => sources[0]?.text ?? '',
  timestamp: sources => sources[0]?.text ?? '',
  integer: sources => readInteger(sources[0]?.text ?? ''),
  boolean: sources => (sources[0]?.text ?? '') === 'true',
  structure: ([source], shape, shell) => structured(source, shape, shell),
  map: ([source], shape, shell) => structured(source, shape, shell),
  list: readList,
}

/** A list is one JSON text, or one item per word; a single JSON object stands for a list of one. */
async function readList(sources: ValueSource[], shape: Shape, shell: Shell): Promise<unknown> {
  const [only] = sources
  if (sources.length === 1 && only !== undefined && startsWith(only, '[')) return parseJson(only)
  if (shape.kind !== 'list' || shape.item.kind !== 'structure') return sources.map(source => source.text)
  const { item } = shape
  return await Promise.all(sources.map(source => structured(source, item, shell)))
}

/** JSON where it looks like JSON, else shorthand syntax (`k=v,k2=v2`). */
async function structured(source: ValueSource | undefined, shape: Shape, shell: Shell): Promise<unknown> {
  if (source === undefined) return undefined
  if (startsWith(source, '{')) return parseJson(source)
  const { option, text } = source
  if (text.trim() === '' || startsWith(source, '[')) {
    throw parseError(option, `Invalid JSON:\n${text.trim() === '' ? 'the text is empty' : text}`)
  }
  const { parseShorthand, ShorthandError } = await import('./shorthand.js')
  const { fitToShape } = await import('./fit-to-shape.js')
  try {
    const load = async (word: string) => (await loadWord(option, word, shell)).text
    return await fitToShape(parseShorthand(text), shape, load)
  } catch (error) {
    throw error instanceof ShorthandError ? parseError(option, error.message) : error
  }
}

function startsWith(source: ValueSource, opening: '{' | '['): boolean {
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

/** Throws UsageError (255, as the AWS CLI does). */
export function readInteger(text: string): number {
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
