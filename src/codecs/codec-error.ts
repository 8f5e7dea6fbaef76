import type { Codec } from '../wire/record-batch.js'

/**
 * No honest batch is larger: brokers take 1 MiB by default and rarely more than 100 MiB. Beyond it, a few kilobytes
 * from a hostile producer could fill our memory.
 */
export const MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024

/** Compressed bytes that are damaged, or would become too large. */
export class CodecError extends Error {
  override readonly name = 'CodecError'

  constructor(codec: Codec, problem: string, cause?: unknown) {
    super(`${codec} data ${problem}`, cause === undefined ? undefined : { cause })
  }
}

/** Throws when the bytes would become more than `MAX_DECOMPRESSED_BYTES`; asked before any memory is taken. */
export function assertBounded(codec: Codec, decompressedBytes: number): void {
  if (decompressedBytes > MAX_DECOMPRESSED_BYTES) throw tooLarge(codec)
}

export function tooLarge(codec: Codec): CodecError {
  return new CodecError(codec, `would become more than ${MAX_DECOMPRESSED_BYTES / 1024 / 1024} MiB`)
}
