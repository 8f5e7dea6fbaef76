import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32, crc32InScript } from '../../src/wire/crc32.js'
import { bitwiseCrc32 } from '../support/old-messages.js'

test.each([crc32, crc32InScript])('the check value of the definition: %o', implementation => {
  expect(implementation(Buffer.from('123456789'))).toBe(0xcbf43926)
  expect(implementation(Buffer.alloc(0))).toBe(0)
})

test('package and script say what the definition says', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), array => {
      const bytes = Buffer.from(array)
      expect([crc32(bytes), crc32InScript(bytes)]).toEqual([bitwiseCrc32(bytes), bitwiseCrc32(bytes)])
    }),
  )
})
