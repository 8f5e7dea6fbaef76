import { parseJson } from '../../config/json-document.js'
import { UsageError } from '../errors.js'
import type { Shell } from '../shell.js'
import type { Parameters } from './parameters.js'
import { loadWord, parseError, type ValueSource } from './read-value.js'
import { isRecord } from './shape.js'

/** All members at once, of `--cli-input-json` or `--cli-input-yaml`; undefined where neither is given. Throws UsageError. */
export async function readCliInput(
  { cliInputJson, cliInputYaml }: Readonly<Record<string, unknown>>,
  shell: Shell,
): Promise<Parameters | undefined> {
  if (cliInputJson !== undefined && cliInputYaml !== undefined) {
    throw new UsageError('Only one --cli-input- parameter may be specified.')
  }
  const [option, word, parse] =
    typeof cliInputYaml === 'string'
      ? (['cli-input-yaml', cliInputYaml, yamlValue] as const)
      : (['cli-input-json', cliInputJson, jsonValue] as const)
  if (typeof word !== 'string') return undefined
  const source = await loadWord(option, word, shell)
  const input = await parse(source)
  if (isRecord(input)) return { input: { ...input }, sources: new Map(Object.keys(input).map(key => [key, [source]])) }
  throw parseError(`--${option}`, `Invalid type: expecting map, received <class '${pythonType(input)}'>`)
}

function jsonValue(source: ValueSource): unknown {
  const document = parseJson(source.text)
  source.document = document
  const [problem] = document.problems
  if (problem === undefined) return document.value
  const { line, column } = document.position(problem.offset)
  throw invalid(source, 'JSON', line, column, problem.message)
}

async function yamlValue(source: ValueSource): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml')
  const lineCounter = new LineCounter()
  // As the AWS CLI's reader: YAML 1.1, where each key stands once.
  const document = parseDocument(source.text, { version: '1.1', lineCounter, prettyErrors: false })
  const [problem] = document.errors
  if (problem !== undefined) {
    const { line, col } = lineCounter.linePos(problem.pos[0])
    throw invalid(source, 'YAML', line, col, problem.message)
  }
  try {
    // Aliases can make a small text huge; nobody needs more of them here.
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw invalid(source, 'YAML', 1, 1, error instanceof Error ? error.message : String(error))
  }
}

function invalid({ option, file }: ValueSource, format: string, line: number, column: number, message: string) {
  const where = `${file ?? 'the text'}:${line}:${column}: ${message}`
  return parseError(option, `Invalid ${format} received.`, where)
}

function pythonType(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType'
  if (Array.isArray(value)) return 'list'
  return typeof value === 'string' ? 'str' : typeof value === 'boolean' ? 'bool' : 'int'
}
