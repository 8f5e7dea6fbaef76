import type { OutputFormat } from '../../globals.js'

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
  if (how.format === 'off') return ''
  const selected = how.query === undefined ? result : (await import('./query.js')).applyQuery(result, how.query)
  switch (how.format) {
    case 'json':
      return isEmptyRecord(selected) ? '' : (await import('./json.js')).toJson(selected)
    case 'yaml':
      return isEmptyRecord(selected) ? '' : (await import('./yaml.js')).toYaml(selected)
    case 'yaml-stream':
      // One entry per page; the registry answers in one page.
      return (await import('./yaml.js')).toYaml([selected])
    case 'text':
      return (await import('./text.js')).toText(selected)
    case 'table':
      return (await import('./table.js')).toTable(how.operation, selected, how.width)
  }
}

function isEmptyRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}
