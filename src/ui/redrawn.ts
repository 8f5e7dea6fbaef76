/** What the terminal is like at this moment; a window may be resized any time. */
export interface Window {
  width: number | undefined
  height: number | undefined
  unicode: boolean
}

/**
 * A text that is drawn over itself on a terminal: the characters to write next. Nothing clears the screen, so what stood
 * last stays when the program ends.
 */
export class Redrawn {
  #shown: string | undefined

  /** The text as it is now. */
  frame(text: string, window: Window): string {
    const shown = clipped(text, window)
    const written = `${this.#erase(window)}${shown}\n`
    this.#shown = shown
    return written
  }

  /** A line that stays, above the text. */
  line(text: string, window: Window): string {
    const below = this.#shown === undefined ? '' : `${this.#shown}\n`
    return `${this.#erase(window)}${text}\n${below}`
  }

  /** What stands there now stays; the next text begins below it. */
  keep(): void {
    this.#shown = undefined
  }

  /** Takes the cursor to where the text begins and clears from there. */
  #erase({ width }: Window): string {
    if (this.#shown === undefined) return ''
    return `\u001b[${linesOnScreen(this.#shown.split('\n'), width)}A\r\u001b[0J`
  }
}

/** The cursor cannot go back above the screen's first line, so what is drawn in place must be lower than the screen. */
function clipped(text: string, { height, unicode }: Window): string {
  const lines = text.split('\n')
  if (height === undefined || lines.length < height) return text
  return [...lines.slice(0, Math.max(1, height - 2)), unicode ? '…' : '...'].join('\n')
}

/** How many lines of the screen these take: a window that is narrow, or was made so, has folded the long ones. */
export function linesOnScreen(lines: readonly string[], width = Number.POSITIVE_INFINITY): number {
  return lines.reduce((total, line) => total + Math.max(1, Math.ceil(visibleLength(line) / width)), 0)
}

function visibleLength(line: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character
  return line.replace(/\u001b\[[0-9;]*m/g, '').length
}
