import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/config/json-document.js'
import { offsetOf } from '../../src/config/json-tree.js'

/** The first problem with its place, as `line:column code`. */
function firstProblem(source: string | Uint8Array): string {
  const document = parseJson(source)
  const problem = document.problems[0]
  if (problem === undefined) return 'none'
  const { line, column } = document.position(problem.offset)
  return `${line}:${column} ${problem.code}`
}

describe('valid JSON', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (text, indent) => {
        const value: unknown = JSON.parse(text)
        const document = parseJson(indent === undefined ? text : JSON.stringify(value, null, indent))
        expect(JSON.stringify(document.value)).toBe(JSON.stringify(value))
      }),
      { numRuns: 300 },
    )
  })

  it('is refused exactly where JSON.parse refuses it', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '1',
      '-0.5e2',
      '01',
      'true',
      'nul',
      ' ',
      '\n',
      '"',
      '\\',
      '"\\u00e4"',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), parts => {
        const text = parts.join('')
        const document = parseJson(text)
        let valid = true
        try {
          JSON.parse(text)
        } catch {
          valid = false
        }
        const faults = document.problems.filter(({ code }) => !['duplicate-key', 'inexact-number'].includes(code))
        expect(faults.length === 0, text).toBe(valid)
      }),
      { numRuns: 3000 },
    )
  })

  it('knows the line and column of every key and value', () => {
    const document = parseJson('{\n  "a": [1,\n    {"b": "x"}]\r\n}')
    const at = (path: (string | number)[], what: 'key' | 'value') =>
      document.position(offsetOf(document.root!, path, what))
    expect(at([], 'value')).toEqual({ line: 1, column: 1 })
    expect(at(['a'], 'key')).toEqual({ line: 2, column: 3 })
    expect(at(['a'], 'value')).toEqual({ line: 2, column: 8 })
    expect(at(['a', 0], 'value')).toEqual({ line: 2, column: 9 })
    expect(at(['a', 1, 'b'], 'key')).toEqual({ line: 3, column: 6 })
    expect(at(['a', '1', 'b'], 'value')).toEqual({ line: 3, column: 11 })
    expect(at(['a', 1, 'missing', 'deeper'], 'value')).toEqual({ line: 3, column: 5 })
    expect(document.line(3)).toBe('    {"b": "x"}]')
  })

  it('__proto__ is a key like any other', () => {
    const { value, problems } = parseJson('{"__proto__": {"polluted": true}, "constructor": 1}')
    expect(problems).toEqual([])
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('what is wrong with a text is told with its place', () => {
  it.each([
    ['', '1:1 empty'],
    ['{"a": 1, "a": 2}', '1:10 duplicate-key'],
    ['{"a": 1,\n}', '1:8 trailing-comma'],
    ['[1, 2, ]', '1:6 trailing-comma'],
    ['{ // why\n "a": 1}', '1:3 comment'],
    ['# why\n{}', '1:1 comment'],
    ['/* open', '1:1 comment'],
    ['{"a" 1}', '1:6 missing-colon'],
    ['{"a": 1 "b": 2}', '1:9 missing-comma'],
    ['{"a": 1', '1:8 unclosed'],
    ['[', '1:2 unclosed'],
    ["{'a': 1}", '1:2 single-quotes'],
    ['{a: 1}', '1:2 key-expected'],
    ['{"a": True}', '1:7 value-expected'],
    ['{"a": }', '1:7 value-expected'],
    ['{"a": 012}', '1:7 value-expected'],
    ['{"a": "x\ny"}', '1:7 unclosed-string'],
    ['{"a": "x\ty"}', '1:9 control-character'],
    ['{"a": "my\\.topic"}', '1:10 bad-escape'],
    ['{"a": "\\u12"}', '1:8 bad-escape'],
    ['{"a": "\\ud800"}', '1:7 lone-surrogate'],
    ['{"a": 9007199254740993}', '1:7 inexact-number'],
    [`[${'1'.repeat(60)}]`, '1:2 inexact-number'],
    ['{"a": 1e999}', '1:7 inexact-number'],
    ['{} x', '1:4 after-end'],
  ])('%j', (text, expected) => {
    expect(firstProblem(text)).toBe(expected)
  })

  it('reads on after a comment and a trailing comma, so that other findings are told too', () => {
    const { value, problems } = parseJson('{"a": 1, // x\n "a": 2,}')
    expect(problems.map(({ code }) => code)).toEqual(['comment', 'duplicate-key', 'trailing-comma'])
    expect(value).toEqual(Object.assign(Object.create(null), { a: 2 }))
  })

  it('a message never carries control characters from the file', () => {
    const { problems } = parseJson('{"\\u001b[31m": 1, "\\u001b[31m": 2}')
    expect(problems[0]?.message).not.toContain('\u001b')
  })
})

describe('hostile input ends early and in bounded memory (R77)', () => {
  const utf16 = (text: string, bigEndian: boolean) => {
    const buffer = Buffer.from(text, 'utf16le')
    return bigEndian ? buffer.swap16() : buffer
  }

  it.each([
    ['100,000 brackets', '['.repeat(100_000), '1:65 too-deep'],
    ['100,000 objects', '{"a":'.repeat(100_000), '1:321 too-deep'],
    ['more than 10 MiB', ' '.repeat(10 * 1024 * 1024 + 1), '1:1 too-large'],
    ['too many values', `[${'1,'.repeat(200_000)}1]`, '1:200000 too-many-values'],
    ['a byte order mark', '\ufeff{}', '1:1 byte-order-mark'],
    ['NUL', '{"a": "\u0000"}', '1:1 nul'],
    ['UTF-16 with mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16('{}', false)]), '1:1 utf-16'],
    ['UTF-16 little endian', utf16('{"a": 1}', false), '1:1 utf-16'],
    ['UTF-16 big endian', utf16('{"a": 1}', true), '1:1 utf-16'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xc3, 0x28, 0x7d]), '1:1 not-utf-8'],
  ])('%s', (_, source, expected) => {
    const start = performance.now()
    expect(firstProblem(source)).toBe(expected)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it('takes linear time for one long text and for many escapes', () => {
    const start = performance.now()
    expect(firstProblem(`["${'a'.repeat(9_000_000)}"]`)).toBe('none')
    expect(firstProblem(`["${'\\n'.repeat(2_000_000)}"]`)).toBe('none')
    expect(firstProblem(`[${'\n'.repeat(5_000_000)}"`)).toBe('5000001:1 unclosed-string')
    expect(performance.now() - start).toBeLessThan(5000)
  })

  it('tells at most 50 problems', () => {
    expect(parseJson(`{${'"a":1,'.repeat(1000)}"a":1}`).problems).toHaveLength(50)
  })
})
