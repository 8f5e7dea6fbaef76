import { expect, test } from 'vitest'
import { briefJson } from '../../src/demo/files.js'
import { folded } from '../../src/demo/narrator.js'

test('prose is folded at spaces and keeps its indentation', () => {
  expect(folded('one two three', 11, '  ')).toBe('  one two\n  three\n')
  expect(folded('    one two', 11, '  ')).toBe('      one\n      two\n')
})

test('what fits stays as it is, blanks included; an empty line is empty', () => {
  expect(folded('a   b', 80, '  ')).toBe('  a   b\n')
  expect(folded('', 80, '  ')).toBe('\n')
})

test('a line with a word that fits nowhere stays whole, so that it can be copied', () => {
  expect(folded('"Arn": "arn:aws:kafka"', 12, ' ')).toBe(' "Arn": "arn:aws:kafka"\n')
})

test('colours take no room', () => {
  expect(folded('\u001b[32mone\u001b[39m two', 9, '  ')).toBe('  \u001b[32mone\u001b[39m two\n')
})

test('files are shown with short objects on one line, and are what they were', () => {
  const value = [{ Cluster: { Id: 'x'.repeat(50), Brokers: '127.0.0.1:9092' } }, { Type: 'IDENTICAL', List: ['.*'] }]
  const text = briefJson(value)
  expect(JSON.parse(text)).toEqual(value)
  expect(text).toContain('\n  { "Type": "IDENTICAL", "List": [ ".*" ] }\n')
  expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)
})
