/** A run of characters that look the same. */
export interface Span {
  text: string
  /** The numbers of its colours and weights (SGR), sorted. */
  looks: readonly number[]
}

/** Up over so many lines, clear the rest, a colour; the ends of lines; and what is written. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal is about them
const PARTS = /\u001b\[(\d+)A|\u001b\[0J|\u001b\[(\d+)m|\r|\n|[^\u001b\r\n]+|\u001b/g
/** What ends which. */
const ENDS: Readonly<Record<number, readonly number[]>> = { 22: [1, 2], 39: [31, 32, 33, 36] }

/**
 * A terminal as our screens use it: it writes lines, folds those that are too long for it, goes back up over what is drawn
 * again, and colours.
 */
export class Terminal {
  private lines: Span[][] = [[]]
  private looks: number[] = []
  private readonly width: number

  constructor(width = Number.POSITIVE_INFINITY) {
    this.width = width
  }

  write(text: string): void {
    for (const [part, up, looks] of text.matchAll(PARTS)) {
      if (up !== undefined) this.lines.splice(this.lines.length - 1 - Number(up), Number(up) + 1, [])
      else if (looks !== undefined) this.look(Number(looks))
      else if (part === '\n') this.lines.push([])
      else if (part === '\u001b') throw new Error(`This terminal does not know ${JSON.stringify(text)}.`)
      else if (part !== '\r' && part !== '\u001b[0J') this.put(part)
    }
  }

  /** What stands there now, the newest line last. */
  shown(): Span[][] {
    const lines = this.lines.at(-1)?.length === 0 ? this.lines.slice(0, -1) : this.lines
    return lines.map(line => [...line])
  }

  private put(text: string): void {
    for (let left = text; left !== ''; ) {
      const line = this.lines.at(-1) ?? []
      const room = this.width - textOf(line).length
      line.push({ text: left.slice(0, room), looks: this.looks })
      left = left.slice(room)
      if (left !== '') this.lines.push([])
    }
  }

  private look(number: number): void {
    const ended = ENDS[number]
    this.looks = ended
      ? this.looks.filter(look => !ended.includes(look))
      : [...this.looks, number].sort((a, b) => a - b)
  }
}

/** The characters of a line alone. */
export function textOf(line: readonly Span[]): string {
  return line.map(({ text }) => text).join('')
}
