import type { OutputFormat } from '../../globals.js'
import { mergedPages, type Pages } from '../pages.js'

/** How the answer of one operation is to be shown. */
export interface Rendering {
  /** Titles the table. */
  operation: string
  format: OutputFormat
  query: string | undefined
  /** Columns of the screen; a table that does not fit turns its single rows. */
  width: number
}

/** The answer as it goes to standard output, in the AWS CLI's form. An empty answer is an empty text. */
export async function render(result: Record<string, unknown>, how: Rendering): Promise<string> {
  const selected = await select(result, how)
  if (how.format === 'off' || isEmptyRecord(selected)) return ''
  switch (how.format) {
    case 'json':
      return (await import('./json.js')).toJson(selected)
    case 'yaml':
      return (await import('./yaml.js')).toYaml(selected)
    case 'yaml-stream':
      return (await import('./yaml.js')).toYaml([selected])
    case 'text':
      return (await import('./text.js')).toText(selected)
    case 'table':
      return (await import('./table.js')).toTable(how.operation, selected, how.width)
  }
}

/** Pages as they go to standard output: text and yaml-stream show one after the other, the others put them together. */
export async function renderPages(all: Pages, pagesOf: string, how: Rendering): Promise<string> {
  const { pages, resumeToken } = all
  if (how.format === 'yaml-stream') return (await renderEach(pages, how)).join('')
  if (how.format !== 'text') return await render(mergedPages(all, pagesOf), how)
  const shown = pages.map(page => ({ [pagesOf]: page[pagesOf] }))
  const next = resumeToken === undefined ? [] : [{ NextToken: { NextToken: resumeToken } }]
  return (await renderEach([...shown, ...next], how)).join('')
}

function renderEach(results: Record<string, unknown>[], how: Rendering): Promise<string[]> {
  return Promise.all(results.map(result => render(result, how)))
}

async function select(result: Record<string, unknown>, { query }: Rendering): Promise<unknown> {
  return query === undefined ? result : (await import('./query.js')).applyQuery(result, query)
}

function isEmptyRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}
