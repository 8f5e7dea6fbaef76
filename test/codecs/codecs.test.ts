import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CodecError } from '../../src/codecs/codec-error.js'
import { decompress } from '../../src/codecs/codecs.js'
import type { Codec } from '../../src/wire/record-batch.js'
import { xxhash32 } from './xxhash32.js'

const require = createRequire(import.meta.url)
const snappy = require('snappy') as typeof import('snappy')
const lz4 = require('lz4-napi') as typeof import('lz4-napi')
const { Zstd } = await import('@hpcc-js/wasm-zstd')
const zstd = await Zstd.load()

const bytes = fc
  .tuple(fc.uint8Array({ maxLength: 2_000 }), fc.integer({ min: 0, max: 200 }))
  .map(([part, times]) => Buffer.concat(Array.from({ length: times }, () => part)))

/** What else writes the formats that Kafka knows: packages for librdkafka-like clients, and frames made by hand. */
const writers: [string, Codec, (data: Buffer) => Buffer][] = [
  ['no codec', 'NONE', data => data],
  ['gzip', 'GZIP', data => gzipSync(data)],
  ['gzip in two members', 'GZIP', data => Buffer.concat([gzipSync(data.subarray(0, 9)), gzipSync(data.subarray(9))])],
  ['snappy, one block', 'SNAPPY', data => snappy.compressSync(data)],
  ['snappy in xerial frames', 'SNAPPY', data => xerial(data)],
  ['lz4 of lz4-napi', 'LZ4', data => lz4.compressFrameSync(data)],
  [
    'lz4 with checksums',
    'LZ4',
    data => lz4.compressFrameSync(Buffer.from(data), { blockChecksums: true, contentChecksum: true }),
  ],
  ['lz4 by hand with content size and all checksums', 'LZ4', data => lz4Frame(data)],
  ['zstd with content size', 'ZSTD', data => Buffer.from(zstd.compress(data))],
  ['zstd without content size', 'ZSTD', data => zstdStream(data)],
  [
    'zstd in two frames',
    'ZSTD',
    data => Buffer.concat([zstdStream(data.subarray(0, 9)), zstdStream(data.subarray(9))]),
  ],
]

test.each(writers)('%s comes back as it was', async (_, codec, compress) => {
  await fc.assert(
    fc.asyncProperty(bytes, async data => {
      expect((await decompress(codec, compress(data))).equals(data)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('data far smaller than what they become are read too', async () => {
  const zeros = Buffer.alloc(50 * 1024 * 1024)
  for (const [, codec, compress] of writers) {
    expect((await decompress(codec, compress(zeros))).equals(zeros)).toBe(true)
  }
}, 120_000)

const compressing = writers.filter(([, codec]) => codec !== 'NONE')

test.each(compressing)('%s: whatever is cut off is refused, never half an answer', async (_, codec, compress) => {
  const whole = compress(Buffer.from('some text, some text, some more text, '.repeat(200)))
  for (const length of [1, 6, whole.length >> 1, whole.length - 1]) {
    await expect(decompress(codec, whole.subarray(0, length))).rejects.toThrow(CodecError)
  }
})

test.each(['GZIP', 'SNAPPY', 'LZ4', 'ZSTD'] as const)(
  '%s: any bytes lead to an answer or a CodecError',
  async codec => {
    const [, , compress] = compressing.find(([, its]) => its === codec)!
    const whole = compress(Buffer.from('some text, some text, some more text, '.repeat(20)))
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, value) => {
        const damaged = Buffer.from(whole)
        damaged[at] = value
        await decompress(codec, damaged).catch((error: unknown) => expect(error).toBeInstanceOf(CodecError))
      }),
    )
  },
)

describe('bombs', () => {
  const tooLarge = 257 * 1024 * 1024
  const bombs: [Codec, () => Buffer][] = [
    ['GZIP', () => Buffer.concat(Array.from({ length: 257 }, () => gzipSync(Buffer.alloc(1024 * 1024))))],
    // A block that claims its size, as the format lets it.
    ['SNAPPY', () => Buffer.concat([unsignedVarint(tooLarge), Buffer.alloc(100)])],
    ['LZ4', () => lz4.compressFrameSync(Buffer.alloc(tooLarge))],
    ['ZSTD', () => Buffer.from(zstd.compress(Buffer.alloc(tooLarge)))],
  ]
  test.each(bombs)('%s: refused beyond 256 MiB', async (codec, make) => {
    await expect(decompress(codec, make())).rejects.toThrow(/would become more than 256 MiB/)
  })
})

test('a block whose checksum is wrong is refused', async () => {
  const frame = lz4Frame(Buffer.from('checked text '.repeat(100)))
  frame[frame.length - 1]! ^= 1
  await expect(decompress('LZ4', frame)).rejects.toThrow(CodecError)
})

function xerial(data: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('82534e41505059000000000100000001', 'hex')]
  for (let at = 0; at < data.length || at === 0; at += 32 * 1024) {
    const block = snappy.compressSync(data.subarray(at, at + 32 * 1024))
    const size = Buffer.alloc(4)
    size.writeInt32BE(block.length)
    parts.push(size, block)
  }
  return Buffer.concat(parts)
}

/** Independent 64 KiB blocks, stored as they are, with content size, block checksums and a content checksum. */
function lz4Frame(data: Buffer): Buffer {
  const descriptor = Buffer.alloc(10)
  descriptor[0] = 0x40 | 0x20 | 0x10 | 0x08 | 0x04
  descriptor[1] = 0x40
  descriptor.writeBigUInt64LE(BigInt(data.length), 2)
  const parts: Buffer[] = [Buffer.from('04224d18', 'hex'), descriptor, Buffer.from([(xxhash32(descriptor) >> 8) & 255])]
  for (let at = 0; at < data.length; at += 65_536) {
    const block = data.subarray(at, at + 65_536)
    parts.push(uint32((block.length | 0x80000000) >>> 0), block, uint32(xxhash32(block)))
  }
  return Buffer.concat([...parts, uint32(0), uint32(xxhash32(data))])
}

/** In pieces, so that the frame's header cannot tell the size. */
function zstdStream(data: Buffer): Buffer {
  zstd.reset()
  const middle = data.length >> 1
  return Buffer.concat([
    zstd.compressChunk(data.subarray(0, middle)),
    zstd.compressChunk(data.subarray(middle)),
    zstd.compressEnd(),
  ])
}

function uint32(value: number): Buffer {
  const four = Buffer.alloc(4)
  four.writeUInt32LE(value)
  return four
}

function unsignedVarint(value: number): Buffer {
  const result: number[] = []
  let rest = value
  for (; rest >= 0x80; rest >>>= 7) result.push((rest & 0x7f) | 0x80)
  return Buffer.from([...result, rest])
}
