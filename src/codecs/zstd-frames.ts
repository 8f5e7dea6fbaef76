import { CodecError } from './codec-error.js'

/*
 * The zstd format (RFC 8878), as far as sizes go:
 *
 *   magic 28 b5 2f fd, descriptor INT8, [window INT8], [dictionary id 0-4 bytes], [content size 0-8 bytes],
 *   { header 3 bytes: last 1 bit, type 2 bits, size 21 bits; block } …, [checksum INT32]          (little-endian)
 *
 * A frame of magic 50-5f 2a 4d 18 is to be skipped.
 */
const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const MAX_BLOCK_BYTES = 128 * 1024
const BLOCK = { raw: 0, rle: 1, compressed: 2 } as const
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const

/**
 * The most that zstd data can become: the sum over its blocks, each at most 128 KiB. It needs no trust in the size that
 * a frame may tell. Throws CodecError where the bytes are not whole frames.
 */
export function largestZstdSize(bytes: Buffer): number {
  let largest = 0
  let position = 0
  const need = (count: number) => {
    if (position + count > bytes.length) throw new CodecError('ZSTD', 'ends in the middle of a frame')
  }
  while (position < bytes.length) {
    need(5)
    const magic = bytes.readUInt32LE(position)
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      need(8)
      position += 8 + bytes.readUInt32LE(position + 4)
      continue
    }
    if (magic !== MAGIC) throw new CodecError('ZSTD', 'does not begin with a frame')
    const descriptor = bytes.readUInt8(position + 4)
    position += 4 + frameHeaderBytes(descriptor)
    for (let last = false; !last; ) {
      need(3)
      const header = bytes.readUIntLE(position, 3)
      last = (header & 1) === 1
      const type = (header >> 1) & 3
      const size = header >> 3
      largest += type === BLOCK.compressed ? MAX_BLOCK_BYTES : size
      position += 3 + (type === BLOCK.rle ? 1 : size)
    }
    if (descriptor & 0x04) position += 4
    need(0)
  }
  return largest
}

/** Bytes from the descriptor to the first block. */
function frameHeaderBytes(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0
  const contentSize = CONTENT_SIZE_BYTES[descriptor >> 6] as number
  const dictionaryId = DICTIONARY_ID_BYTES[descriptor & 3] as number
  return 1 + (singleSegment ? 0 : 1) + dictionaryId + (singleSegment && contentSize === 0 ? 1 : contentSize)
}
