/**
 * The grammar of the AWS model, cut down to what input checking and printing need.
 * Members stand in the model's order: JSON output and error texts follow it.
 */
export type Shape =
  | { kind: 'string'; min?: number /** Of an enumeration; for skeletons only. */; values?: readonly string[] }
  | { kind: 'integer'; min?: number }
  | { kind: 'boolean' }
  | { kind: 'timestamp' }
  | { kind: 'map' }
  | { kind: 'list'; item: Shape }
  | StructureShape

export interface StructureShape {
  kind: 'structure'
  members: Readonly<Record<string, Shape>>
  /** In the order of the model's `required` list, which is the order of the messages about what is missing. */
  required: readonly string[]
}

export const text: Shape = { kind: 'string' }
/** One of these values. The AWS CLI shows them in skeletons and leaves it to the service to check them. */
export const oneOf = (...values: string[]): Shape => ({ kind: 'string', values })
export const flag: Shape = { kind: 'boolean' }
export const timestamp: Shape = { kind: 'timestamp' }
/** Every map of this service goes from string to string. */
export const stringMap: Shape = { kind: 'map' }
export const list = (item: Shape): Shape => ({ kind: 'list', item })
export const texts: Shape = list(text)

/** A structure with its members in model order and the names of the required ones. */
export function structure(members: Record<string, Shape>, ...required: string[]): StructureShape {
  return { kind: 'structure', members, required }
}

/** The option of a member as the AWS CLI spells it: `ServiceExecutionRoleArn` → `--service-execution-role-arn`. */
export function optionName(member: string): string {
  return `--${member.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()}`
}

/** The value with only the members the shape knows, in the shape's order, absent ones left out. */
export function inModelOrder(value: unknown, shape: Shape): unknown {
  if (shape.kind === 'list' && Array.isArray(value)) return value.map(item => inModelOrder(item, shape.item))
  if (shape.kind !== 'structure' || !isRecord(value)) return value
  const ordered: Record<string, unknown> = {}
  for (const [member, memberShape] of Object.entries(shape.members)) {
    if (value[member] !== undefined) ordered[member] = inModelOrder(value[member], memberShape)
  }
  return ordered
}

/** Whether the value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
