import { UsageError } from '../errors.js'
import type { Shell } from '../shell.js'
import { readCliInput } from './cli-input.js'
import type { Operation } from './model.js'
import { validateParameters } from './param-validation.js'
import type { ValueSource } from './read-value.js'
import { readValue } from './read-value.js'
import { optionName } from './shape.js'

/** The input of an operation, and where each member's text came from. */
export interface Parameters {
  input: Record<string, unknown>
  sources: Map<string, ValueSource[]>
}

/**
 * Reads the options of an operation. What is missing, cannot be read or has the wrong shape is an error with exit
 * code 252; what the values mean is for the service to say.
 */
export async function readParameters(
  operation: Operation,
  given: Readonly<Record<string, unknown>>,
  shell: Shell,
): Promise<Parameters> {
  const cliInput = await readCliInput(given, shell)
  const { input, sources } = cliInput ?? { input: {}, sources: new Map<string, ValueSource[]>() }
  const missing: string[] = []
  for (const [member, shape] of Object.entries(operation.input.members)) {
    const option = optionName(member)
    const words = wordsOf(given[attributeOf(option)])
    if (words === undefined) {
      if (operation.input.required.includes(member) && cliInput === undefined) missing.push(option)
      continue
    }
    const read = await readValue(option, words, shape, shell)
    input[member] = read.value
    sources.set(member, read.sources)
  }
  if (missing.length > 0) {
    throw new UsageError(`the following arguments are required: ${missing.join(', ')}`, { showUsage: true })
  }
  const faults = validateParameters(input, operation.input)
  if (faults.length > 0) throw new UsageError(`Parameter validation failed:\n${faults.join('\n')}`)
  return { input, sources }
}

function wordsOf(value: unknown): string[] | undefined {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.map(String) : undefined
}

/** The name under which commander keeps an option: `--kafka-clusters` → `kafkaClusters`. */
export function attributeOf(option: string): string {
  return option.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
