import { quote } from './findings.js'
import type { JsonProblem } from './json-document.js'
import type { JsonMember, JsonNode } from './json-tree.js'

/** The files nest six deep. Below this limit recursion is safe, here and for everyone who walks the value. */
const MAX_DEPTH = 64
/** The largest sensible file has some hundred values; a node costs about 100 bytes. */
const MAX_VALUES = 100_000
/** More would hide the first, which usually caused the others. */
const MAX_PROBLEMS = 50

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON wants control characters escaped (RFC 8259, section 7)
const PLAIN_CHARACTERS = /[^"\\\u0000-\u001f]*/y
const WORD = /[A-Za-z0-9_$.+-]{1,40}/y
const LINE_COMMENT = /(?:\/\/|#)[^\n]*/y
const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** Ends the parse; what is wrong has been recorded. */
class Stop extends Error {}

/** A recursive descent over the text: one method for each form of RFC 8259. Used once, through `parseJson`. */
export class JsonParser {
  readonly problems: JsonProblem[] = []
  private at = 0
  private depth = 0
  private values = 0
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** The whole text as one value; undefined when it cannot be read to its end (`problems` says why). */
  parse(): JsonNode | undefined {
    try {
      this.skipSpace()
      if (this.at === this.text.length) this.stop('empty', 'the file is empty', 'Write a JSON list or object.')
      const root = this.value()
      this.skipSpace()
      if (this.at < this.text.length) this.stop('after-end', 'there is more text after the end of the JSON value')
      return root
    } catch (error) {
      if (error instanceof Stop) return undefined
      throw error
    }
  }

  private value(): JsonNode {
    if (++this.values > MAX_VALUES) this.stop('too-many-values', `there are more than ${MAX_VALUES} values`)
    const offset = this.at
    const character = this.text[this.at]
    if (character === '{') return this.nested(() => this.object(offset))
    if (character === '[') return this.nested(() => this.array(offset))
    if (character === '"') return { kind: 'scalar', offset, value: this.string() }
    return { kind: 'scalar', offset, value: this.numberOrWord() }
  }

  private nested(read: () => JsonNode): JsonNode {
    if (++this.depth > MAX_DEPTH) this.stop('too-deep', `the nesting is deeper than ${MAX_DEPTH} levels`)
    const node = read()
    this.depth--
    return node
  }

  private object(offset: number): JsonNode {
    const members: JsonMember[] = []
    const seen = new Map<string, number>()
    this.list('}', 'an object', () => {
      const keyOffset = this.at
      const key = this.key()
      this.reportDuplicate(seen, key, keyOffset)
      this.skipSpace()
      if (this.text[this.at] !== ':') this.stop('missing-colon', `a ":" is missing after the key ${quote(key)}`)
      this.at++
      this.skipSpace()
      members.push({ key, keyOffset, value: this.value() })
    })
    return { kind: 'object', offset, members }
  }

  private array(offset: number): JsonNode {
    const items: JsonNode[] = []
    this.list(']', 'a list', () => {
      items.push(this.value())
    })
    return { kind: 'array', offset, items }
  }

  /** What objects and lists share: entries between commas up to `close`. */
  private list(close: string, name: string, entry: () => void): void {
    this.at++
    this.skipSpace()
    while (this.text[this.at] !== close) {
      entry()
      this.skipSpace()
      if (this.text[this.at] === close) break
      if (this.at === this.text.length)
        this.stop('unclosed', `the file ends inside ${name}`, `Is a "${close}" missing?`)
      const comma = this.at
      if (this.text[comma] !== ',') {
        this.stop('missing-comma', `a "," or "${close}" is missing here`, 'Is a comma missing after the value before?')
      }
      this.at++
      this.skipSpace()
      if (this.text[this.at] === close) {
        this.report(comma, 'trailing-comma', `a comma before the "${close}" is not allowed in JSON`, 'Remove it.')
      }
    }
    this.at++
  }

  private key(): string {
    if (this.text[this.at] === '"') return this.string()
    if (this.text[this.at] === "'") this.stop('single-quotes', 'JSON wants double quotes', 'Write "…" instead.')
    if (this.at === this.text.length) this.stop('unclosed', 'the file ends inside an object', 'Is a "}" missing?')
    return this.stop('key-expected', 'a key in double quotes is expected here')
  }

  private reportDuplicate(seen: Map<string, number>, key: string, offset: number): void {
    const first = seen.get(key)
    seen.set(key, offset)
    if (first === undefined) return
    const fix = 'Remove one of them: most programs would silently take the last.'
    this.report(offset, 'duplicate-key', `the key ${quote(key)} appears twice in this object`, fix)
  }

  private string(): string {
    const start = this.at++
    let value = ''
    while (true) {
      value += this.take(PLAIN_CHARACTERS)
      const character = this.text[this.at]
      if (character === '"') break
      if (character === '\\') value += this.escape()
      else if (character === undefined || character === '\n') {
        this.at = start
        this.stop('unclosed-string', 'this text has no closing quote on its line', 'Add the missing ".')
      } else this.stop('control-character', 'a control character in a text must be escaped', 'Write \\t for a tab.')
    }
    this.at++
    if (/\p{Surrogate}/u.test(value)) {
      this.report(start, 'lone-surrogate', 'this text has half a character (a lone surrogate)', 'Write the whole one.')
    }
    return value
  }

  private escape(): string {
    const letter = this.text[this.at + 1] ?? ''
    if (letter === 'u') {
      const digits = this.text.slice(this.at + 2, this.at + 6)
      if (!/^[0-9A-Fa-f]{4}$/.test(digits)) this.stop('bad-escape', '"\\u" needs four hexadecimal digits')
      this.at += 6
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const character = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined
    if (character === undefined) {
      this.stop(
        'bad-escape',
        `JSON has no escape ${quote(`\\${letter}`)}`,
        'In a pattern each "\\" is doubled: "my\\\\.topic".',
      )
    }
    this.at += 2
    return character
  }

  private numberOrWord(): number | boolean | null {
    const offset = this.at
    const word = this.peek(WORD)
    if (word === 'true' || word === 'false' || word === 'null') {
      this.at += word.length
      return word === 'null' ? null : word === 'true'
    }
    const text = this.take(NUMBER)
    if (text.length < Math.max(1, word.length)) {
      this.at = offset
      return this.noValue(word)
    }
    const value = Number(text)
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      this.report(
        offset,
        'inexact-number',
        'this number is too large to be kept exactly',
        'Write it as a text, in quotes.',
      )
    }
    return value
  }

  private noValue(word: string): never {
    if (this.text[this.at] === "'") this.stop('single-quotes', 'JSON wants double quotes', 'Write "…" instead.')
    if (this.at === this.text.length) this.stop('unclosed', 'the file ends where a value is expected')
    if (/^(?:true|false|null|none|yes|no)$/i.test(word)) {
      this.stop(
        'value-expected',
        `${quote(word)} is not a JSON value`,
        'JSON has true, false and null, in small letters.',
      )
    }
    const fix = word === '' ? undefined : 'Write texts in double quotes, numbers as 12 or 1.5.'
    return this.stop('value-expected', 'this is not a JSON value', fix)
  }

  /** Space, and comments, which are reported and skipped. */
  private skipSpace(): void {
    while (this.at < this.text.length) {
      const character = this.text[this.at]!
      if (character === ' ' || character === '\n' || character === '\r' || character === '\t') this.at++
      else if (character === '#' || (character === '/' && '/*'.includes(this.text[this.at + 1] ?? ' '))) this.comment()
      else return
    }
  }

  private comment(): void {
    const fix = 'Remove it; with the AWS CLI it would fail as well.'
    this.report(this.at, 'comment', 'JSON has no comments', fix)
    if (this.text.startsWith('/*', this.at)) {
      const end = this.text.indexOf('*/', this.at + 2)
      this.at = end === -1 ? this.text.length : end + 2
    } else this.take(LINE_COMMENT)
  }

  private take(pattern: RegExp): string {
    const found = this.peek(pattern)
    this.at += found.length
    return found
  }

  private peek(pattern: RegExp): string {
    pattern.lastIndex = this.at
    return pattern.exec(this.text)?.[0] ?? ''
  }

  private report(offset: number, code: string, message: string, fix?: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ offset, code, message, ...(fix && { fix }) })
  }

  private stop(code: string, message: string, fix?: string): never {
    this.report(this.at, code, message, fix)
    throw new Stop(code)
  }
}
