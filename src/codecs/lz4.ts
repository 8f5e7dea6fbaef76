import { createRequire } from 'node:module'
import { messageOf } from '../errors.js'
import { assertBounded, CodecError } from './codec-error.js'
import type { CodecFunctions } from './codecs.js'

/*
 * The LZ4 frame format (v1.6.x), which Kafka uses with independent blocks:
 *
 *   magic 04 22 4d 18, FLG INT8, BD INT8, [content size INT64], [dictionary id INT32], header checksum INT8,
 *   { block size INT32 (top bit: stored as it is), block, [block checksum INT32] } …, end mark INT32 0,
 *   [content checksum INT32]                                                           (all little-endian)
 */
const MAGIC = 0x184d2204
const FLAG = { dictionaryId: 0x01, contentChecksum: 0x04, contentSize: 0x08, blockChecksum: 0x10 } as const
const STORED_BIT = 0x80000000
/** What Kafka's clients write: version 1, independent blocks of at most 64 KiB, no checksums; the last byte sums it up. */
const HEADER = Buffer.from('04224d18604082', 'hex')
const BLOCK_BYTES = 64 * 1024
/** `lz4-napi` puts the uncompressed size before its blocks. */
const SIZE_PREFIX_BYTES = 4

type Lz4Package = typeof import('lz4-napi')

/** Loads `lz4-napi`, whose decoder checks all checksums. It knows no bound, so the frame is walked through before. */
export async function loadLz4(): Promise<CodecFunctions> {
  const { decompressFrameSync, compressSync } = createRequire(import.meta.url)('lz4-napi') as Lz4Package
  return {
    decompress: bytes => {
      assertBounded('LZ4', largestSize(bytes))
      try {
        return decompressFrameSync(bytes)
      } catch (error) {
        throw new CodecError('LZ4', `cannot be read: ${messageOf(error)}`, error)
      }
    },
    compress: bytes => frameOf(bytes, block => compressSync(block).subarray(SIZE_PREFIX_BYTES)),
  }
}

/** The most that a frame can become: each block at most what the header allows. Throws CodecError on a broken frame. */
function largestSize(bytes: Buffer): number {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) throw new CodecError('LZ4', 'does not begin with a frame')
  const flags = bytes.readUInt8(4)
  const blockBytes = 2 ** (8 + 2 * ((bytes.readUInt8(5) >> 4) & 7))
  let position = 7
  if (flags & FLAG.contentSize) position += 8
  if (flags & FLAG.dictionaryId) position += 4
  for (let largest = 0; ; ) {
    if (position + 4 > bytes.length) throw new CodecError('LZ4', 'ends in the middle of a frame')
    const word = bytes.readUInt32LE(position)
    if (word === 0) return largest
    const size = word % STORED_BIT
    // A match copies at most 255 bytes for each byte of input.
    largest += word >= STORED_BIT ? size : Math.min(blockBytes, size * 255)
    position += 4 + size + (flags & FLAG.blockChecksum ? 4 : 0)
  }
}

/**
 * The frame with the header checksum that its header should have. Kafka's clients computed it over the magic too as long
 * as they wrote format 0 (KAFKA-3160), and its readers do not look at it (Kafka: `KafkaLZ4BlockInputStream`). The bytes given
 * are not changed.
 */
export function withRightHeaderChecksum(frame: Buffer): Buffer {
  const flags = frame[4] ?? 0
  const end = 6 + (flags & FLAG.contentSize ? 8 : 0) + (flags & FLAG.dictionaryId ? 4 : 0)
  if (frame.length <= end) return frame // cut off: the decoder says so
  const right = Buffer.from(frame)
  right[end] = (xxhash32OfShort(frame.subarray(4, end)) >>> 8) & 0xff
  return right
}

/** xxHash32 of fewer than 16 bytes, seed 0. */
function xxhash32OfShort(bytes: Buffer): number {
  const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by))
  let hash = (0x165667b1 + bytes.length) | 0
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(bytes.readInt32LE(at), 0xc2b2ae3d)) | 0, 17), 0x27d4eb2f)
  }
  for (; at < bytes.length; at++) {
    hash = Math.imul(rotate((hash + Math.imul(bytes.readUInt8(at), 0x165667b1)) | 0, 11), 0x9e3779b1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * The package's own frames have blocks of 4 MiB, which would cost every Java consumer a buffer of that size, so the
 * frame is made here.
 */
function frameOf(bytes: Buffer, compressBlock: (block: Buffer) => Buffer): Buffer {
  const parts: Buffer[] = [HEADER]
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const plain = bytes.subarray(start, start + BLOCK_BYTES)
    const compressed = compressBlock(plain)
    const stored = compressed.length >= plain.length
    const size = Buffer.allocUnsafe(4)
    size.writeUInt32LE(stored ? plain.length + STORED_BIT : compressed.length, 0)
    parts.push(size, stored ? plain : compressed)
  }
  parts.push(Buffer.alloc(4))
  return Buffer.concat(parts)
}
