import type { JsonPath } from './findings.js'

/** A JSON value as plain data. Objects have no prototype, so `__proto__` is a key like any other. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** A value with the place of its first character in the text. */
export type JsonNode =
  | { kind: 'object'; offset: number; members: JsonMember[] }
  | { kind: 'array'; offset: number; items: JsonNode[] }
  | { kind: 'scalar'; offset: number; value: string | number | boolean | null }

export interface JsonMember {
  key: string
  keyOffset: number
  value: JsonNode
}

/** The node as plain data; of a duplicate key the last one counts, as in JSON.parse. Depth is limited by the parser. */
export function plainValueOf(node: JsonNode): JsonValue {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'array':
      return node.items.map(plainValueOf)
    case 'object': {
      const value: { [key: string]: JsonValue } = Object.create(null)
      for (const member of node.members) value[member.key] = plainValueOf(member.value)
      return value
    }
  }
}

/**
 * Where a place stands in the text: the key of its last step when `at` is "key" and there is one, else its value.
 * A place that does not exist gives the nearest one around it.
 */
export function offsetOf(root: JsonNode, path: JsonPath, at: 'key' | 'value' = 'value'): number {
  let node = root
  let offset = root.offset
  for (const step of path) {
    const member = node.kind === 'object' ? node.members.findLast(({ key }) => key === String(step)) : undefined
    const child = member?.value ?? (node.kind === 'array' ? node.items[Number(step)] : undefined)
    if (child === undefined) return offset
    offset = at === 'key' && member !== undefined ? member.keyOffset : child.offset
    node = child
  }
  return offset
}
