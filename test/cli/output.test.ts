import { expect, test } from 'vitest'
import { render } from '../../src/cli/aws/output/render.ts'

test('a query that selects nothing is null in json and None in text', async () => {
  const how = { operation: 'X', query: 'Nope', width: 80 }
  expect(await render({ A: 1 }, { ...how, format: 'json' })).toBe('null\n')
  expect(await render({ A: 1 }, { ...how, format: 'text' })).toBe('None\n')
})

test('an empty answer prints nothing', async () => {
  for (const format of ['json', 'yaml', 'yaml-stream', 'text', 'table', 'off'] as const) {
    expect(await render({}, { operation: 'TagResource', format, query: undefined, width: 80 })).toBe('')
  }
})

test('yaml quotes what YAML 1.1 would take for something else', async () => {
  const result = { a: 'yes', b: '1', c: 'null', d: '', e: 'a: b', f: 'x' }
  const text = await render(result, { operation: 'X', format: 'yaml', query: undefined, width: 80 })
  expect(text).toBe("a: 'yes'\nb: '1'\nc: 'null'\nd: ''\ne: 'a: b'\nf: x\n")
})
