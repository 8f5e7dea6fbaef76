import { ExitCode, UserError } from '../../errors.js'

/** A value as shorthand syntax can say it; what its texts mean the shape decides (`fit-to-shape.ts`). */
export type ShorthandValue = string | ShorthandValue[] | { [key: string]: ShorthandValue } | ShorthandFile

/** `key@=file://…`: the text of a file in the place of a value. */
export class ShorthandFile {
  readonly word: string

  constructor(word: string) {
    this.word = word
  }
}

/** Shorthand that cannot be read, with the place marked as the AWS CLI marks it. */
export class ShorthandError extends UserError {
  override readonly name = 'ShorthandError'
  /** Where it stands, counted from 0. */
  readonly at: number

  constructor(problem: string, input: string, at: number) {
    const line = input.lastIndexOf('\n', at - 1) + 1
    const shown = input.slice(line).split('\n', 1)[0]
    super(`${problem} for input:\n ${shown}\n ${' '.repeat(at - line)}^`, { exitCode: ExitCode.Usage })
    this.at = at
  }
}

// Which characters may stand in an unquoted word, as `awscli/shorthand.py` has it (AWS CLI 2.36.7): a first word ends at
// what could be structure; one that follows a comma may hold closing brackets.
const KEY = /[A-Za-z0-9\-_.#/:]*/y
const FIRST_WORD = /(?:\\,|[!#-&(-+\--<>-Z\\-z|-\uffff])(?:\\,|[\s!#-&(-+\--\\^-|~-\uffff])*/y
const NEXT_WORD = /(?:\\,|[!#-&(-+\--<>-Z\\-z|-\uffff])(?:\\,|[\s!#-&(-+\--<>-\uffff])*/y
const SINGLE_QUOTED = /'(?:\\\\|\\'|[^'])*'/y
const DOUBLE_QUOTED = /"(?:\\\\|\\"|[^"])*"/y
/** Nobody types more; each level is a call, and a stack has an end. */
const DEPTH_MAX = 100

/**
 * Reads `k=v,k2=v2` as the AWS CLI does. Throws ShorthandError.
 *
 *     parameter = keyval *("," keyval)
 *     keyval    = key ["@"] "=" [values]
 *     values    = csv / list / hash
 *     csv       = word *("," word)              one word is a text, several are a list
 *     list      = "[" [ value *("," value) ] "]"
 *     hash      = "{" [ key ["@"] "=" value *("," …) ] "}"
 *     value     = word / list / hash
 *     word      = unquoted / "'" … "'" / '"' … '"'
 */
export function parseShorthand(input: string): Record<string, ShorthandValue> {
  return new Parser(input).parameter()
}

class Parser {
  private readonly input: string
  private at = 0
  private depth = 0

  constructor(input: string) {
    this.input = input
  }

  parameter(): Record<string, ShorthandValue> {
    const parameters: Record<string, ShorthandValue> = Object.create(null)
    let last = 0
    while (true) {
      const { key, isFile } = this.keyAndEquals()
      const value = this.ended ? '' : this.values()
      if (key in parameters) throw this.secondInstance(key, last)
      parameters[key] = isFile ? asFile(value) : value
      last = this.at
      if (this.ended) return parameters
      this.expect(',')
    }
  }

  private get ended(): boolean {
    return this.at >= this.input.length
  }

  private get current(): string {
    return this.input[this.at] ?? ''
  }

  private keyAndEquals(): { key: string; isFile: boolean } {
    const key = this.match(KEY) ?? ''
    this.skipSpace()
    const isFile = this.current === '@'
    if (isFile) this.expect('@')
    this.expect('=')
    return { key, isFile }
  }

  private values(): ShorthandValue {
    if (this.current === '[' || this.current === '{') return this.value()
    return this.commaSeparated()
  }

  /** `a` is a text, `a,b` a list; in `a,b,c=d` the list ends before the comma that a key follows. */
  private commaSeparated(): ShorthandValue {
    const words = [this.firstWord()]
    this.skipSpace()
    while (this.current === ',') {
      const comma = this.at
      this.expect(',')
      try {
        const word = this.nextWord()
        this.skipSpace()
        if (!this.ended && this.current !== ',') throw this.unexpected(',')
        words.push(word)
      } catch (error) {
        if (!(error instanceof ShorthandError) || this.ended) throw error
        this.at = comma
        break
      }
    }
    return words.length === 1 ? (words[0] ?? '') : words
  }

  private value(): ShorthandValue {
    if (this.current === '[') return this.deeper(() => this.list())
    if (this.current === '{') return this.deeper(() => this.hash())
    return this.firstWord()
  }

  private list(): ShorthandValue[] {
    this.expect('[')
    const values: ShorthandValue[] = []
    while (this.current !== ']') {
      values.push(this.value())
      this.untilNextOr(']')
    }
    this.expect(']', false)
    return values
  }

  private hash(): Record<string, ShorthandValue> {
    this.expect('{')
    const members: Record<string, ShorthandValue> = Object.create(null)
    while (this.current !== '}') {
      const { key, isFile } = this.keyAndEquals()
      const value = this.value()
      this.untilNextOr('}')
      members[key] = isFile ? asFile(value) : value
    }
    this.expect('}', false)
    return members
  }

  private untilNextOr(closing: string): void {
    this.skipSpace()
    if (this.current === closing) return
    this.expect(',')
  }

  private deeper<T>(read: () => T): T {
    this.depth += 1
    if (this.depth > DEPTH_MAX) throw new ShorthandError('Nested too deeply', this.input, this.at)
    const result = read()
    this.depth -= 1
    return result
  }

  private firstWord(): string {
    if (this.current === "'" || this.current === '"') return this.quoted()
    const word = this.match(FIRST_WORD)
    return word === undefined ? '' : unescaped(word)
  }

  private nextWord(): string {
    if (this.current === "'" || this.current === '"') return this.quoted()
    const word = this.match(NEXT_WORD)
    if (word === undefined) throw this.unexpected('<second>')
    return unescaped(word)
  }

  private quoted(): string {
    const quote = this.current
    const word = this.match(quote === "'" ? SINGLE_QUOTED : DOUBLE_QUOTED)
    if (word === undefined) throw this.unexpected(quote === "'" ? '<singled quoted>' : '<double quoted>')
    return word.slice(1, -1).replaceAll(`\\${quote}`, quote).replaceAll('\\\\', '\\')
  }

  private expect(character: string, skipAfter = true): void {
    if (skipAfter) this.skipSpace()
    if (this.current !== character) throw this.unexpected(character)
    this.at += 1
    if (skipAfter) this.skipSpace()
  }

  private skipSpace(): void {
    this.match(/\s*/y)
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.input)?.[0]
    this.at += found?.length ?? 0
    return found
  }

  private unexpected(expected: string): ShorthandError {
    const received = this.ended ? 'EOF' : this.current
    return new ShorthandError(`Expected: '${expected}', received: '${received}'`, this.input, this.at)
  }

  private secondInstance(key: string, before: number): ShorthandError {
    return new ShorthandError(
      `Second instance of key "${key}" encountered (a "," that should be a space?)`,
      this.input,
      before,
    )
  }
}

function unescaped(word: string): string {
  return word.replaceAll('\\,', ',').trimEnd()
}

function asFile(value: ShorthandValue): ShorthandValue {
  return typeof value === 'string' ? new ShorthandFile(value) : value
}
