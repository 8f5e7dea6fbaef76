import { createRequire } from 'node:module'
import { messageOf } from '../errors.js'
import { ByteReader } from '../wire/byte-reader.js'
import { assertBounded, CodecError } from './codec-error.js'
import type { CodecFunctions } from './codecs.js'

/*
 * Java clients frame snappy as the xerial library does:
 *
 *   magic 82 "SNAPPY" 00, version INT32, compatible version INT32, { size INT32, block } …
 *
 * librdkafka and others write one block without a frame. A block begins with its uncompressed size as a varint.
 */
const XERIAL_MAGIC = Buffer.from('82534e4150505900', 'hex')
const XERIAL_HEADER_BYTES = 16
/** Version 1, readable by version 1. */
const XERIAL_HEADER = Buffer.concat([XERIAL_MAGIC, Buffer.from('0000000100000001', 'hex')])
/** As large as Java clients make them. */
const BLOCK_BYTES = 32 * 1024

type SnappyPackage = typeof import('snappy')

/** Loads the `snappy` package, which knows blocks only; the frame is read here. */
export async function loadSnappy(): Promise<CodecFunctions> {
  const { uncompressSync, compressSync } = createRequire(import.meta.url)('snappy') as SnappyPackage
  return {
    decompress: bytes => {
      try {
        const blocks = blocksIn(bytes)
        assertBounded(
          'SNAPPY',
          blocks.reduce((sum, block) => sum + new ByteReader(block).unsignedVarint(), 0),
        )
        const parts = blocks.map(block => uncompressSync(block, { asBuffer: true }) as Buffer)
        return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
      } catch (error) {
        if (error instanceof CodecError) throw error
        throw new CodecError('SNAPPY', `cannot be read: ${messageOf(error)}`, error)
      }
    },
    compress: bytes => {
      const parts: Buffer[] = [XERIAL_HEADER]
      for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
        const block = compressSync(bytes.subarray(start, start + BLOCK_BYTES))
        const size = Buffer.allocUnsafe(4)
        size.writeInt32BE(block.length, 0)
        parts.push(size, block)
      }
      return Buffer.concat(parts)
    },
  }
}

function blocksIn(bytes: Buffer): Buffer[] {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return [bytes]
  const reader = new ByteReader(bytes, XERIAL_HEADER_BYTES)
  const blocks: Buffer[] = []
  while (reader.position < bytes.length) blocks.push(reader.nullableBytes() ?? Buffer.alloc(0))
  return blocks
}
