import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pageOf } from '../../src/registry/page.ts'

const itself = (name: string) => name

test('page by page every name comes once, whatever the size', () => {
  const name = fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z-]{0,9}$/)
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.integer({ min: 1, max: 100 }), (names, MaxResults) => {
      const sorted = names.toSorted()
      const seen: string[] = []
      let NextToken: string | undefined
      do {
        const page = pageOf(sorted, itself, { MaxResults, ...(NextToken === undefined ? {} : { NextToken }) })
        seen.push(...page.items)
        NextToken = page.NextToken
      } while (NextToken !== undefined)
      expect(seen).toEqual(sorted)
    }),
  )
})

test('what is deleted between two pages moves nothing twice', () => {
  const { NextToken = '' } = pageOf(['a', 'b', 'c'], itself, { MaxResults: 2 })
  expect(pageOf(['c', 'd'], itself, { NextToken })).toEqual({ items: ['c', 'd'] })
})

test.each([
  ['maxResults', { MaxResults: 101 }],
  ['nextToken', { NextToken: 'none' }],
  ['nextToken', { NextToken: '' }],
])('refuses a wrong %s', (invalidParameter, input) => {
  expect(() => pageOf(['a'], itself, input)).toThrow(
    expect.objectContaining({ code: 'BadRequestException', invalidParameter }),
  )
})
