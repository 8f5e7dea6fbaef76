import { expect, test } from 'vitest'
import { nextWindow, WINDOW_BYTES } from '../../src/policy/produce-window.js'

const KiB = 1024

test.each([
  ['quick answers double it', 256 * KiB, 100, 512 * KiB],
  ['up to what five requests hold', 4096 * KiB, 100, 5120 * KiB],
  ['middling ones leave it', 512 * KiB, 2_000, 512 * KiB],
  ['slow ones halve it', 512 * KiB, 8_000, 256 * KiB],
  ['down to a small batch', 64 * KiB, 8_000, 64 * KiB],
])('%s', (_what, before, answerMs, after) => {
  expect(nextWindow(before, answerMs)).toBe(after)
})

test('a link 100 ms away has it all after five answers', () => {
  const answers = Array.from({ length: 5 }, () => 100)
  expect(answers.reduce(nextWindow, WINDOW_BYTES.first)).toBe(WINDOW_BYTES.most)
})
