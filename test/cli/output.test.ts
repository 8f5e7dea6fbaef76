import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { render } from '../../src/cli/aws/output/render.ts'
import type { OutputFormat } from '../../src/cli/globals.ts'

interface Golden {
  responses: Record<string, Record<string, unknown>>
  cases: { name: string; operation: string; response: string; format: OutputFormat; query?: string; stdout: string }[]
}

/** Recorded runs of AWS CLI 2.36.7; what the file says about itself is in its `source`. */
const golden: Golden = JSON.parse(readFileSync(new URL('data/golden-output.json', import.meta.url), 'utf8'))

test.each(golden.cases)(
  "standard output is the AWS CLI's: $name",
  async ({ operation, response, format, query, stdout }) => {
    const result = golden.responses[response] ?? {}
    expect(await render(result, { operation, format, query, width: 80 })).toBe(stdout)
  },
)

test('a query that selects nothing is null in json and None in text', async () => {
  const how = { operation: 'X', query: 'Nope', width: 80 }
  expect(await render({ A: 1 }, { ...how, format: 'json' })).toBe('null\n')
  expect(await render({ A: 1 }, { ...how, format: 'text' })).toBe('None\n')
})

test('an empty answer prints nothing', async () => {
  for (const format of ['json', 'yaml', 'text', 'table', 'off'] as const) {
    expect(await render({}, { operation: 'TagResource', format, query: undefined, width: 80 })).toBe('')
  }
})

test('yaml quotes what YAML 1.1 would take for something else', async () => {
  const result = { a: 'yes', b: '1', c: 'null', d: '', e: 'a: b', f: 'x' }
  const text = await render(result, { operation: 'X', format: 'yaml', query: undefined, width: 80 })
  expect(text).toBe("a: 'yes'\nb: '1'\nc: 'null'\nd: ''\ne: 'a: b'\nf: x\n")
})
