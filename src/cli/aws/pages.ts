import { UsageError } from '../errors.js'
import type { Operation } from './model.js'
import { readInteger } from './read-value.js'

/** Asks the service for one page. */
type Ask = (input: Record<string, unknown>) => Promise<Record<string, unknown>>

/** `--max-items`, `--page-size` and `--starting-token`, as they were given. */
export interface PagingOptions {
  maxItems?: string
  pageSize?: string
  startingToken?: string
}

/** The answers of an operation, page by page, and where to go on when there are more items than were wanted. */
export interface Pages {
  pages: Record<string, unknown>[]
  resumeToken: string | undefined
}

/** Service tokens that repeat would never end; a machine with more pages than this is no machine of ours. */
const PAGES_MAX = 10_000

/**
 * Whether the pages are put together (the default). `--no-paginate`, or a page asked for by hand, turns that off. Throws
 * UsageError where an option for the whole is given all the same.
 */
export function isPaginated(
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  given: PagingOptions,
  paginate: boolean,
): boolean {
  if (operation.pagesOf === undefined) return false
  const byHand = input.MaxResults !== undefined || input.NextToken !== undefined
  if (paginate && !byHand) return true
  const forTheWhole = [
    given.startingToken === undefined ? [] : ['--starting-token'],
    given.pageSize === undefined ? [] : ['--page-size'],
    given.maxItems === undefined ? [] : ['--max-items'],
  ].flat()
  if (forTheWhole.length === 0) return false
  throw new UsageError(`Cannot specify --no-paginate along with pagination arguments: ${forTheWhole.join(', ')}`)
}

/** Asks for page after page until there are no more, or as many items as wanted (botocore/paginate.py). */
export async function readPages(
  pagesOf: string,
  input: Readonly<Record<string, unknown>>,
  given: PagingOptions,
  ask: Ask,
): Promise<Pages> {
  const maxItems = given.maxItems === undefined ? Number.POSITIVE_INFINITY : readInteger(given.maxItems)
  const size = given.pageSize === undefined ? {} : { MaxResults: readInteger(given.pageSize) }
  let { token, skip } = startOf(given.startingToken)
  const pages: Record<string, unknown>[] = []
  let seen = 0
  while (pages.length < PAGES_MAX) {
    const page = await ask({ ...input, ...size, ...(token === null ? {} : { NextToken: token }) })
    const items = itemsOf(page, pagesOf).slice(skip)
    const keep = Math.min(items.length, Math.max(0, maxItems - seen))
    pages.push({ ...page, [pagesOf]: items.slice(0, keep) })
    if (keep < items.length) return { pages, resumeToken: encoded(token, keep + skip) }
    seen += keep
    skip = 0
    token = typeof page.NextToken === 'string' ? page.NextToken : null
    if (token === null) return { pages, resumeToken: undefined }
    if (seen === maxItems) return { pages, resumeToken: encoded(token) }
  }
  throw new Error(`more than ${PAGES_MAX} pages`)
}

/** All pages as one answer. */
export function mergedPages({ pages, resumeToken }: Pages, pagesOf: string): Record<string, unknown> {
  const { NextToken: _, ...first } = pages[0] ?? {}
  const all = pages.flatMap(page => itemsOf(page, pagesOf))
  return { ...first, [pagesOf]: all, ...(resumeToken === undefined ? {} : { NextToken: resumeToken }) }
}

function itemsOf(page: Record<string, unknown>, pagesOf: string): unknown[] {
  const items = page[pagesOf]
  return Array.isArray(items) ? items : []
}

/** The spaces are Python's: scripts compare these tokens. */
function encoded(token: string | null, skip?: number): string {
  const skipped = skip === undefined ? '' : `, "boto_truncate_amount": ${skip}`
  return Buffer.from(`{"NextToken": ${JSON.stringify(token)}${skipped}}`).toString('base64')
}

/** Where a printed token says to go on; any other text is a token of the service itself. */
function startOf(printed: string | undefined): { token: string | null; skip: number } {
  if (printed === undefined) return { token: null, skip: 0 }
  try {
    const { NextToken, boto_truncate_amount: skip } = JSON.parse(Buffer.from(printed, 'base64').toString('utf8'))
    const token = typeof NextToken === 'string' ? NextToken : null
    return { token, skip: Number.isInteger(skip) && skip > 0 ? skip : 0 }
  } catch {
    return { token: printed, skip: 0 }
  }
}
