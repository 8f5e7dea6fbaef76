import { expect, test } from 'vitest'
import { schedule } from '../../src/bench/benchmark.ts'
import { parseOptions, parseSize } from '../../src/bench/options.ts'

test('sizes are whole numbers with a unit', () => {
  expect(parseSize('512MiB')).toBe(512 * 2 ** 20)
  expect(parseSize('1GB')).toBe(1e9)
  for (const bad of ['512', '0MiB', '1.5GB', 'MiB']) expect(() => parseSize(bad)).toThrow('is not a size')
})

test('every option has a default', () => {
  expect(parseOptions([])).toMatchObject({
    codecs: ['none', 'lz4'],
    only: [],
    rounds: 1,
    latencySeconds: 10,
    batchBytes: 16384,
  })
})

test('an option that is wrong is refused in words', () => {
  expect(() => parseOptions(['--codecs', 'gzip'])).toThrow('--codecs takes none and lz4.')
  expect(() => parseOptions(['--rounds', '0'])).toThrow('--rounds takes a whole number from 1 on.')
  expect(() => parseOptions(['--round', '2'])).toThrow('--round')
})

test('contestants take turns, and each round begins with another one', () => {
  const order = schedule(['a', 'b', 'c'], { rounds: 2, codecs: ['none', 'lz4'] })
  const names = order.map(({ contestant, codec, round }) => `${round}${contestant}-${codec}`)
  expect(names.slice(0, 6)).toEqual(['1a-none', '1b-none', '1c-none', '1a-lz4', '1b-lz4', '1c-lz4'])
  expect(names.slice(6)).toEqual(['2b-none', '2c-none', '2a-none', '2b-lz4', '2c-lz4', '2a-lz4'])
})
