import { assertBounded, CodecError } from './codec-error.js'
import type { CodecFunctions } from './codecs.js'
import { largestZstdSize } from './zstd-frames.js'

/** zstd's default, and that of Kafka's clients. */
const LEVEL = 3

/** A piece of the WebAssembly memory. */
interface HeapPiece {
  ptr: number
  size: number
}

/** What lies behind the package's own class. */
interface ZstdInternals {
  _mainModule: {
    malloc(size: number): HeapPiece
    free(piece: HeapPiece): void
    dataToHeap(bytes: Uint8Array): HeapPiece
    heapView(piece: HeapPiece): Uint8Array
  }
  _zstdClass: {
    decompress(target: number, targetSize: number, source: number, sourceSize: number): number
    compress(target: number, targetSize: number, source: number, sourceSize: number, level: number): number
    compressBound(sourceSize: number): number
    isError(code: number): number | boolean
    getErrorName(code: number): string
  }
}

/**
 * zstd as WebAssembly (`@hpcc-js/wasm-zstd`), for Node before 22.15. We call the functions behind its class: the class
 * copies results out byte by byte (13 MB/s measured, 700 and more without), and guesses the size of a frame that does
 * not tell it, as those of Java clients do not, so that well-compressed batches fail. What we reach for is checked
 * once, so that another version of the package fails with one sentence.
 */
export async function loadZstdWasm(): Promise<CodecFunctions> {
  const { Zstd } = await import('@hpcc-js/wasm-zstd')
  const { _mainModule: heap, _zstdClass: zstd } = (await Zstd.load()) as unknown as ZstdInternals
  const needed = [
    heap?.malloc,
    heap?.free,
    heap?.dataToHeap,
    heap?.heapView,
    zstd?.decompress,
    zstd?.compress,
    zstd?.isError,
  ]
  if (needed.some(part => typeof part !== 'function')) {
    throw new Error('@hpcc-js/wasm-zstd is not the version this tool was made for (1.12.5): run `npm ci`')
  }
  return {
    decompress: bytes => decompress(heap, zstd, bytes),
    compress: bytes => compress(heap, zstd, bytes),
  }
}

function compress(heap: ZstdInternals['_mainModule'], zstd: ZstdInternals['_zstdClass'], bytes: Buffer): Buffer {
  const room = zstd.compressBound(bytes.length)
  const source = heap.dataToHeap(bytes)
  const target = heap.malloc(room)
  try {
    const size = zstd.compress(target.ptr, room, source.ptr, source.size, LEVEL)
    if (zstd.isError(size)) throw new CodecError('ZSTD', `cannot be written: ${zstd.getErrorName(size)}`)
    return Buffer.from(heap.heapView({ ptr: target.ptr, size }))
  } finally {
    heap.free(target)
    heap.free(source)
  }
}

function decompress(heap: ZstdInternals['_mainModule'], zstd: ZstdInternals['_zstdClass'], bytes: Buffer): Buffer {
  const room = largestZstdSize(bytes)
  assertBounded('ZSTD', room)
  const source = heap.dataToHeap(bytes)
  const target = heap.malloc(Math.max(room, 1))
  try {
    const size = zstd.decompress(target.ptr, room, source.ptr, source.size)
    if (zstd.isError(size)) throw new CodecError('ZSTD', `cannot be read: ${zstd.getErrorName(size)}`)
    return Buffer.from(heap.heapView({ ptr: target.ptr, size }))
  } finally {
    heap.free(target)
    heap.free(source)
  }
}
