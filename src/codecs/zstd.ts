import * as zlib from 'node:zlib'
import { messageOf } from '../errors.js'
import { CodecError, MAX_DECOMPRESSED_BYTES, tooLarge } from './codec-error.js'
import type { CodecFunctions } from './codecs.js'

/** In node:zlib from 22.15 on, and not in the types of Node 20. */
interface NativeZstd {
  zstdDecompressSync(bytes: Buffer, options: { maxOutputLength: number }): Buffer
  /** Level 3 by default, as Kafka's clients. */
  zstdCompressSync(bytes: Buffer): Buffer
}

/** Node's own zstd where it has one, else the WebAssembly package. */
export async function loadZstd(): Promise<CodecFunctions> {
  const native = zlib as Partial<NativeZstd>
  return native.zstdDecompressSync === undefined
    ? await (await import('./zstd-wasm.js')).loadZstdWasm()
    : nativeZstd(native as NativeZstd)
}

function nativeZstd({ zstdDecompressSync, zstdCompressSync }: NativeZstd): CodecFunctions {
  return {
    decompress: bytes => {
      try {
        return zstdDecompressSync(bytes, { maxOutputLength: MAX_DECOMPRESSED_BYTES })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('ZSTD')
        throw new CodecError('ZSTD', `cannot be read: ${messageOf(error)}`, error)
      }
    },
    compress: bytes => zstdCompressSync(bytes),
  }
}
