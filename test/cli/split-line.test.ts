import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitLine } from '../../src/cli/split-line.ts'

test.each([
  ['', [''], false],
  ['x status', ['x', 'status'], false],
  ['  x   status ', ['x', 'status', ''], false],
  [`x 'a b' "c d" e\\ f`, ['x', 'a b', 'c d', 'e f'], false],
  [`x "it's" 'a\\`, ['x', "it's", 'a\\'], true],
  ['x --on=stop-producers="k', ['x', '--on=stop-producers=k'], true],
  ['x $(rm -r /)\\', ['x', '$(rm', '-r', '/)'], false],
])('%s', (line, words, quoted) => {
  expect(splitLine(line)).toEqual({ words, quoted })
})

test('whatever is quoted by a shell comes out as it was', () => {
  const word = fc.string({ minLength: 1 })
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), words => {
      const line = words.map(text => `'${text.replaceAll("'", `'\\''`)}'`).join(' ')
      expect(splitLine(line)).toEqual({ words, quoted: false })
    }),
  )
})
