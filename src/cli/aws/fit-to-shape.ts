import { readInteger } from './read-value.js'
import { isRecord, type Shape } from './shape.js'
import { ShorthandFile, type ShorthandValue } from './shorthand.js'

/**
 * What shorthand means where a value of this shape is wanted, as the AWS CLI has it: one text in the place of a list is a
 * list of one, `true` and `false` are booleans. What does not fit stays as it is, for the check of parameters to tell.
 */
export async function fitToShape(
  value: ShorthandValue,
  shape: Shape,
  readFile: (word: string) => Promise<string>,
): Promise<unknown> {
  if (value instanceof ShorthandFile) return await fitToShape(await readFile(value.word), shape, readFile)
  switch (shape.kind) {
    case 'list': {
      const items = Array.isArray(value) ? value : [value]
      return await Promise.all(items.map(item => fitToShape(item, shape.item, readFile)))
    }
    case 'structure':
    case 'map':
      return isRecord(value) ? await fitMembers(value, shape, readFile) : value
    case 'boolean':
      return typeof value === 'string' && /^(true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value
    case 'integer':
      return typeof value === 'string' ? readInteger(value) : value
    default:
      return value
  }
}

async function fitMembers(
  value: Record<string, ShorthandValue>,
  shape: Shape,
  readFile: (word: string) => Promise<string>,
): Promise<Record<string, unknown>> {
  const fitted: Record<string, unknown> = Object.create(null)
  for (const [key, member] of Object.entries(value)) {
    fitted[key] = await fitToShape(member, memberShape(shape, key), readFile)
  }
  return fitted
}

/** Of a member that the shape does not know nothing is changed. */
function memberShape(shape: Shape, key: string): Shape {
  const known = shape.kind === 'structure' && Object.hasOwn(shape.members, key) ? shape.members[key] : undefined
  return known ?? { kind: 'string' }
}
