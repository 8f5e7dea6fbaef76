import { Chalk, type ChalkInstance } from 'chalk'
import type { Screen } from '../cli/shell.js'
import type { Clock } from '../clock.js'

/** How the narrator may draw. */
export interface NarratorLook {
  color: boolean
  unicode: boolean
}

/** Prose wider than this is hard to read, and terminals begin with this many columns. */
const WIDTH_MAX = 80
const TEXT_INDENT = '   '
const OUTPUT_INDENT = '     '

/** Says what the demo does: headings, commands as a user would type them, their output, a spinner where one waits. */
export class Narrator {
  readonly #screen: Screen
  readonly #look: NarratorLook
  readonly #clock: Clock
  readonly #paint: ChalkInstance
  #mute = false

  constructor(screen: Screen, look: NarratorLook, clock: Clock) {
    this.#screen = screen
    this.#look = look
    this.#clock = clock
    this.#paint = new Chalk({ level: look.color ? 1 : 0 })
  }

  /** After an interruption, steps that are still on their way say nothing any more. */
  mute(): void {
    this.#mute = true
  }

  chapter(title: string): void {
    const rule = (this.#look.unicode ? '──' : '--').repeat(2)
    this.#write(`\n${this.#paint.cyan(`${rule} ${title} ${rule}`)}\n`)
  }

  step(number: number, total: number, title: string): void {
    this.#write(`\n${this.#paint.bold(`${number}/${total}  ${title}`)}\n`)
  }

  /** Prose, folded to the screen. */
  text(text: string): void {
    this.#write(folded(text, this.#width, TEXT_INDENT))
  }

  heading(text: string): void {
    this.#write(`\n${this.#paint.bold(text)}\n`)
  }

  /** A command, which may go over several lines, as one can paste it. */
  command(command: string): void {
    const [first, ...more] = command.split('\n')
    const lines = [`${TEXT_INDENT}${this.#paint.green('$')} ${this.#paint.bold(first)}`]
    lines.push(...more.map(line => `${TEXT_INDENT}  ${this.#paint.bold(line)}`))
    this.#write(`\n${lines.join('\n')}\n`)
  }

  /** What a command has printed. A log keeps the lines whole; on a terminal they are folded. */
  output(text: string): void {
    const width = this.#screen.isTTY ? this.#width : Number.POSITIVE_INFINITY
    const lines = text.replace(/^\n+|\s+$/g, '').split('\n')
    this.#write(lines.map(line => folded(line, width, OUTPUT_INDENT)).join(''))
  }

  /** A result that went well. */
  done(text: string): void {
    this.#write(folded(`${this.#paint.green(this.#look.unicode ? '✔' : 'ok')} ${text}`, this.#width, OUTPUT_INDENT))
  }

  /** Waits for the work with a spinner; where there is no terminal, what it tells becomes lines. */
  async during<T>(text: string, work: (tell: (text: string) => void) => Promise<T>): Promise<T> {
    if (!this.#screen.isTTY || this.#mute) return await work(news => this.output(news))
    const { default: ora } = await import('ora')
    const color = this.#look.color ? 'cyan' : false
    // Not ora's own indent: it would leave the cursor there. It puts one blank behind the prefix itself.
    const prefixText = OUTPUT_INDENT.slice(1)
    const shape = this.#look.unicode ? {} : { spinner: 'line' as const }
    const spinner = ora({ text, color, prefixText, discardStdin: false, ...shape }).start()
    try {
      return await work(news => {
        spinner.text = news
      })
    } finally {
      spinner.stop()
    }
  }

  /** `3.2 s` since then. */
  seconds(since: number): string {
    return `${((this.#clock.monotonic() - since) / 1000).toFixed(1)} s`
  }

  get #width(): number {
    return Math.min(this.#screen.columns ?? WIDTH_MAX, WIDTH_MAX)
  }

  #write(text: string): void {
    if (!this.#mute) this.#screen.write(text)
  }
}

/**
 * Breaks one line at spaces and keeps its own indentation. A line with a word that fits nowhere (an ARN) stays whole:
 * the terminal breaks it, and it can be copied.
 */
export function folded(text: string, width: number, indent: string): string {
  const own = /^ */.exec(text)?.[0] ?? ''
  const margin = `${indent}${own}`
  const room = width - margin.length
  const words = text.slice(own.length).split(' ')
  if (words.some(word => visibleLength(word) > room)) return `${indent}${text}\n`
  const lines = ['']
  for (const word of words) {
    const line = lines.at(-1) ?? ''
    if (line === '' || visibleLength(`${line} ${word}`) <= room)
      lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
    else lines.push(word)
  }
  return lines.map(line => `${margin}${line}`.trimEnd().concat('\n')).join('')
}

function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character
  return text.replace(/\u001b\[[0-9;]*m/g, '').length
}
