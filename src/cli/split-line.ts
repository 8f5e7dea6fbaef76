/** A command line as far as the cursor, in words as a shell sees them; the last is the one that is being typed. */
export interface SplitLine {
  /** Without quotes and backslashes. */
  words: string[]
  /** Whether the last word stands in a quote that is still open. */
  quoted: boolean
}

/** Splits at blanks, outside of quotes. Variables and substitutions stay as they are: nothing is run. */
export function splitLine(line: string): SplitLine {
  const words: string[] = ['']
  let quote = ''
  let afterBlank = true
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!
    if (quote === '' && /\s/.test(character)) {
      if (!afterBlank) words.push('')
      afterBlank = true
      continue
    }
    afterBlank = false
    if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (character === quote) quote = ''
    else if (character === '\\' && quote !== "'") words.push(`${words.pop()}${line[++at] ?? ''}`)
    else words.push(`${words.pop()}${character}`)
  }
  return { words, quoted: quote !== '' }
}
