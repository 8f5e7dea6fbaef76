import { JsonParser } from './json-parser.js'
import { decodeJsonText } from './json-text.js'
import { type JsonNode, type JsonValue, plainValueOf } from './json-tree.js'

/** Something wrong with the text itself, at an offset into it. */
export interface JsonProblem {
  offset: number
  code: string
  message: string
  fix?: string
}

/** A parsed file: its value, what is wrong with it, and where everything stands. */
export interface JsonDocument {
  text: string
  /** Undefined when the text could not be read to its end. */
  root: JsonNode | undefined
  /** The root as plain data, undefined with it. */
  value: JsonValue | undefined
  problems: JsonProblem[]
  /** Line and column, both from 1. */
  position(offset: number): { line: number; column: number }
  /** The text of a line, without its end. */
  line(number: number): string
}

/**
 * Parses JSON keeping the place of every key and value. Ours, because JSON.parse keeps the last of two equal keys in
 * silence, rounds large integers and knows no places. Reads on after a comment or a trailing comma; every other fault
 * ends it. Takes linear time, and memory bounded by the limits in `json-parser.ts`.
 */
export function parseJson(source: Uint8Array | string): JsonDocument {
  const decoded = decodeJsonText(typeof source === 'string' ? new TextEncoder().encode(source) : source)
  if (!decoded.ok) {
    const { ok: _, ...problem } = decoded
    return documentOf('', undefined, [{ ...problem, offset: 0 }])
  }
  const parser = new JsonParser(decoded.text)
  const root = parser.parse()
  return documentOf(decoded.text, root, parser.problems)
}

function documentOf(text: string, root: JsonNode | undefined, problems: JsonProblem[]): JsonDocument {
  let starts: number[] | undefined
  const lineStarts = () => {
    starts ??= startsOfLines(text)
    return starts
  }
  return {
    text,
    root,
    value: root === undefined ? undefined : plainValueOf(root),
    problems,
    position: offset => {
      const line = lastAtOrBefore(lineStarts(), offset)
      return { line: line + 1, column: offset - lineStarts()[line]! + 1 }
    },
    line: number => {
      const start = lineStarts()[number - 1]
      if (start === undefined) return ''
      const end = lineStarts()[number]
      const line = text.slice(start, end === undefined ? text.length : end - 1)
      return line.endsWith('\r') ? line.slice(0, -1) : line
    },
  }
}

function startsOfLines(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function lastAtOrBefore(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (sorted[middle]! <= value) low = middle
    else high = middle - 1
  }
  return low
}
