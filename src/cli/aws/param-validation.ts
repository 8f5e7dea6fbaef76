import type { Shape, StructureShape } from './shape.js'
import { isRecord } from './shape.js'

/**
 * What the AWS CLI checks before it sends anything: required and unknown members, types, minima. One line per
 * fault in its words and order; patterns, enums and maxima are the service's business.
 */
export function validateParameters(input: unknown, shape: StructureShape): string[] {
  const faults: string[] = []
  checkValue(input, shape, '', faults)
  return faults
}

function checkValue(value: unknown, shape: Shape, path: string, faults: string[]): void {
  const expected = EXPECTED[shape.kind]
  if (!expected.accepts(value)) {
    const { type, shown } = pythonView(value)
    faults.push(
      `Invalid type for parameter ${nameOf(path)}, value: ${shown}, type: <class '${type}'>, valid types: ${expected.types}`,
    )
    return
  }
  if (shape.kind === 'structure' && isRecord(value)) checkStructure(value, shape, path, faults)
  if (shape.kind === 'list' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkValue(item, shape.item, `${path}[${index}]`, faults)
  }
  if (shape.kind === 'map' && isRecord(value)) {
    for (const [key, item] of Object.entries(value)) checkValue(item, { kind: 'string' }, `${path}.${key}`, faults)
  }
  if (shape.kind === 'string' && shape.min !== undefined && String(value).length < shape.min) {
    const length = String(value).length
    faults.push(`Invalid length for parameter ${nameOf(path)}, value: ${length}, valid min length: ${shape.min}`)
  }
  if (shape.kind === 'integer' && shape.min !== undefined && Number(value) < shape.min) {
    faults.push(`Invalid value for parameter ${nameOf(path)}, value: ${value}, valid min value: ${shape.min}`)
  }
}

function checkStructure(value: Record<string, unknown>, shape: StructureShape, path: string, faults: string[]): void {
  for (const member of shape.required) {
    if (!Object.hasOwn(value, member)) faults.push(`Missing required parameter in ${nameOf(path)}: "${member}"`)
  }
  const known = Object.keys(shape.members)
  for (const member of Object.keys(value)) {
    if (!Object.hasOwn(shape.members, member)) {
      faults.push(`Unknown parameter in ${nameOf(path)}: "${member}", must be one of: ${known.join(', ')}`)
    }
  }
  for (const [member, item] of Object.entries(value)) {
    const memberShape = Object.hasOwn(shape.members, member) ? shape.members[member] : undefined
    if (memberShape !== undefined) checkValue(item, memberShape, `${path}.${member}`, faults)
  }
}

function nameOf(path: string): string {
  return path === '' ? 'input' : path.replace(/^\./, '')
}

interface Expectation {
  types: string
  accepts(value: unknown): boolean
}

const DICT: Expectation = { types: "<class 'dict'>", accepts: isRecord }
const STR: Expectation = { types: "<class 'str'>", accepts: value => typeof value === 'string' }
const EXPECTED: Record<Shape['kind'], Expectation> = {
  structure: DICT,
  map: DICT,
  string: STR,
  timestamp: STR,
  list: { types: "<class 'list'>, <class 'tuple'>", accepts: Array.isArray },
  boolean: { types: "<class 'bool'>", accepts: value => typeof value === 'boolean' },
  integer: { types: "<class 'int'>", accepts: Number.isInteger },
}

/** How Python, in which the AWS CLI is written, names the type of a JSON value and prints it. */
function pythonView(value: unknown): { type: string; shown: string } {
  if (value === null || value === undefined) return { type: 'NoneType', shown: 'None' }
  if (typeof value === 'boolean') return { type: 'bool', shown: value ? 'True' : 'False' }
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'int' : 'float', shown: String(value) }
  if (typeof value === 'string') return { type: 'str', shown: value }
  return { type: Array.isArray(value) ? 'list' : 'dict', shown: nestedView(value) }
}

function nestedView(value: unknown): string {
  if (typeof value === 'string') return value.includes("'") ? JSON.stringify(value) : `'${value}'`
  if (Array.isArray(value)) return `[${value.map(nestedView).join(', ')}]`
  if (isRecord(value)) {
    const items = Object.entries(value).map(([key, item]) => `${nestedView(key)}: ${nestedView(item)}`)
    return `{${items.join(', ')}}`
  }
  return pythonView(value).shown
}
