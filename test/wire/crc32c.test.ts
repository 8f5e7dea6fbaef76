import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c, patchCrc32c } from '../../src/wire/crc32c.js'

test.each([
  ['', 0x00000000],
  ['a', 0xc1d04330],
  ['123456789', 0xe3069283],
  ['The quick brown fox jumps over the lazy dog', 0x22620404],
])('the CRC-32C of "%s" is the published one', (text, crc) => {
  expect(crc32c(Buffer.from(text))).toBe(crc)
})

test('32 zeros, 32 times 0xff and 0 … 31 have the CRCs of RFC 3720', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e)
})

test('a range has the CRC of its bytes alone', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(200), (bytes, one, other) => {
      const [start, end] = [one, other].map(n => Math.min(n, bytes.length)).sort((a, b) => a - b) as [number, number]
      expect(crc32c(bytes, start, end)).toBe(crc32c(bytes.slice(start, end)))
    }),
  )
})

test('a patched CRC equals the recomputed one, whatever was changed and how much lies behind', () => {
  const change = fc.record({
    before: fc.uint8Array({ maxLength: 40 }),
    old: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    seed: fc.nat(),
    behind: fc.oneof(fc.nat(64), fc.nat(100_000)),
  })
  fc.assert(
    fc.property(change, ({ before, old, seed, behind }) => {
      const rest = Buffer.alloc(behind, seed & 0xff)
      const changed = old.map((byte, i) => byte ^ ((seed * 31 + i * 17) & 0xff))
      const oldBytes = Buffer.concat([before, old, rest])
      const newBytes = Buffer.concat([before, changed, rest])
      const difference = old.map((byte, i) => byte ^ changed[i]!)
      expect(patchCrc32c(crc32c(oldBytes), difference, behind)).toBe(crc32c(newBytes))
    }),
    { numRuns: 300 },
  )
})

test('a CRC that was wrong before the patch is wrong after it', () => {
  const bytes = Buffer.from('records damaged on the way')
  const wrong = (crc32c(bytes) ^ 1) >>> 0
  const patched = patchCrc32c(wrong, Uint8Array.of(0x20), bytes.length - 1)
  bytes[0]! ^= 0x20
  expect(patched).not.toBe(crc32c(bytes))
})
