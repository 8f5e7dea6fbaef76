import type { Operation } from './model.js'
import { MEMBER_HELP } from './parameter-options.js'
import type { Shape, StructureShape } from './shape.js'

/** The input of an operation with nothing filled in, as `--cli-input-json` takes it. */
export function inputSkeleton({ input }: Operation): unknown {
  return emptyValue(input)
}

/** An answer whose texts are the names of their members. */
export function outputSkeleton({ output }: Operation): Record<string, unknown> {
  return output === undefined ? {} : (namedValue(output, '') as Record<string, unknown>)
}

/** The input as `--cli-input-yaml` takes it: what is required, and which values there are, stands beside the keys. */
export function yamlSkeleton({ input }: Operation): string {
  return yamlMembers(input, '').join('\n').concat('\n')
}

function emptyValue(shape: Shape): unknown {
  switch (shape.kind) {
    case 'structure':
      return mapMembers(shape, emptyValue)
    case 'list':
      return [emptyValue(shape.item)]
    case 'map':
      return { KeyName: '' }
    case 'integer':
      return 0
    case 'boolean':
      return true
    case 'string':
      return shape.values?.[0] ?? ''
    case 'timestamp':
      return '1970-01-01T00:00:00'
  }
}

function namedValue(shape: Shape, name: string): unknown {
  if (shape.kind === 'structure') return mapMembers(shape, namedValue)
  if (shape.kind === 'list') return [namedValue(shape.item, name)]
  if (shape.kind === 'map') return { KeyName: '' }
  return shape.kind === 'string' ? name : emptyValue(shape)
}

function mapMembers(
  { members }: StructureShape,
  makeValue: (shape: Shape, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, shape]) => [name, makeValue(shape, name)]))
}

function yamlMembers(shape: StructureShape, indent: string): string[] {
  return Object.entries(shape.members).flatMap(([name, member]) => {
    const comment = commentOn(name, member, shape.required.includes(name))
    const [value, nested] = yamlValue(member, indent)
    return [`${indent}${name}:${value}${comment === '' ? '' : ` # ${comment}`}`, ...nested]
  })
}

/** What stands on the key's line, and the lines below it. */
function yamlValue(shape: Shape, indent: string): [sameLine: string, below: string[]] {
  if (shape.kind === 'structure') return ['', yamlMembers(shape, `${indent}  `)]
  if (shape.kind === 'map') return ['', [`${indent}  KeyName: ''`]]
  if (shape.kind !== 'list') return [` ${yamlScalar(shape)}`, []]
  if (shape.item.kind !== 'structure') return ['', [`${indent}- ${yamlScalar(shape.item)}`]]
  // The dash takes the place of the first member's indentation.
  const [first = '', ...rest] = yamlMembers(shape.item, `${indent}  `)
  return ['', [`${indent}- ${first.trimStart()}`, ...rest]]
}

function yamlScalar(shape: Shape): string {
  const value = emptyValue(shape)
  return value === '' ? "''" : String(value)
}

function commentOn(name: string, shape: Shape, required: boolean): string {
  const values = shape.kind === 'string' ? shape.values?.join(', ') : undefined
  const parts = [
    required ? '[REQUIRED]' : '',
    MEMBER_HELP[name] ?? '',
    values === undefined ? '' : `Valid values are: ${values}.`,
  ]
  return parts.filter(part => part !== '').join(' ')
}
