import { gunzipSync, gzipSync } from 'node:zlib'
import { messageOf } from '../errors.js'
import { CodecError, MAX_DECOMPRESSED_BYTES, tooLarge } from './codec-error.js'
import type { CodecFunctions } from './codecs.js'

/** gzip as RFC 1952 has it; several members one after the other are one text. */
export const gzip: CodecFunctions = {
  decompress: bytes => {
    try {
      return gunzipSync(bytes, { maxOutputLength: MAX_DECOMPRESSED_BYTES })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('GZIP')
      throw new CodecError('GZIP', `cannot be read: ${messageOf(error)}`, error)
    }
  },
  // Level 6, zlib's default and that of Kafka's clients.
  compress: bytes => gzipSync(bytes),
}
