import { type Span, textOf } from './terminal.ts'

const COLUMNS = 80
const CHARACTER_WIDTH = 7.8
const LINE_HEIGHT = 17
const MARGIN = 12
const COLOURS: Readonly<Record<number, string>> = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 36: '#79c0ff' }

/** A screen as a picture (SVG) that is as wide as 80 columns, whatever font of one width shows it. */
export function picture(title: string, lines: readonly (readonly Span[])[]): string {
  const longest = Math.max(COLUMNS, ...lines.map(line => textOf(line).length))
  const width = Math.ceil(longest * CHARACTER_WIDTH + 2 * MARGIN)
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="6" fill="#0d1117"/>`,
    '<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'DejaVu Sans Mono\',monospace" font-size="13" fill="#c9d1d9" xml:space="preserve">',
    ...lines.flatMap((line, row) => lineOf(line, MARGIN + row * LINE_HEIGHT + 13)),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function lineOf(line: readonly Span[], y: number): string[] {
  let column = 0
  return line.flatMap(({ text, looks }) => {
    const x = MARGIN + column * CHARACTER_WIDTH
    column += text.length
    if (text.trim() === '') return []
    // Without it, another font would push the columns out of line.
    const length = `textLength="${rounded(text.length * CHARACTER_WIDTH)}" lengthAdjust="spacingAndGlyphs"`
    return [`<text x="${rounded(x)}" y="${y}" ${length}${styleOf(looks)}>${escaped(text)}</text>`]
  })
}

function styleOf(looks: readonly number[]): string {
  const colour = looks.map(look => COLOURS[look]).find(one => one !== undefined)
  const fill = colour ?? (looks.includes(2) ? '#8b949e' : undefined)
  return `${fill === undefined ? '' : ` fill="${fill}"`}${looks.includes(1) ? ' font-weight="bold"' : ''}`
}

function rounded(number: number): string {
  return String(Math.round(number * 10) / 10)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
