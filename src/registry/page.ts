import { ServiceError } from '../errors.js'

/** MaxResults 1..100 (model); without it a page is as large as it may be. */
const PAGE_MAX = 100

/**
 * One page of a list that is sorted by name, and the token for the next. A token holds the name that the page before
 * ended with, so what comes and goes in between moves nothing twice. BadRequestException for a number or a token that
 * the service does not take.
 */
export function pageOf<T>(
  sorted: readonly T[],
  nameOf: (item: T) => string,
  { MaxResults = PAGE_MAX, NextToken }: { MaxResults?: number; NextToken?: string },
): { items: T[]; NextToken?: string } {
  if (MaxResults > PAGE_MAX) {
    throw new ServiceError('BadRequestException', `maxResults must be at most ${PAGE_MAX}.`, {
      invalidParameter: 'maxResults',
    })
  }
  const after = NextToken === undefined ? '' : decoded(NextToken)
  const rest = sorted.filter(item => nameOf(item) > after)
  const items = rest.slice(0, MaxResults)
  const last = items.at(-1)
  return items.length === rest.length || last === undefined ? { items } : { items, NextToken: encoded(nameOf(last)) }
}

function encoded(name: string): string {
  return Buffer.from(`after:${name}`).toString('base64url')
}

function decoded(token: string): string {
  const [, name] = /^after:(.+)$/.exec(Buffer.from(token, 'base64url').toString('utf8')) ?? []
  if (name !== undefined && encoded(name) === token) return name
  throw new ServiceError('BadRequestException', 'nextToken is not one of a former answer.', {
    invalidParameter: 'nextToken',
  })
}
