import { type CodecFunctions, loadCodec } from '../codecs/codecs.js'
import type { Codec } from '../wire/record-batch.js'

/** A codec that is ready for use. */
export interface LoadedCodec extends CodecFunctions {
  codec: Codec
}

/**
 * The codecs that are loaded, for the data path, which cannot wait in the middle of a batch: it looks here, and where
 * a codec is missing it stops, asks for it, and goes on when it is there.
 */
export class CodecShelf {
  private readonly ready = new Map<Codec, LoadedCodec>()

  /** A codec; undefined while it is not loaded. */
  get(codec: Codec): LoadedCodec | undefined {
    return this.ready.get(codec)
  }

  /** Loads codecs. Rejects when a package does not work on this platform. */
  async load(codecs: readonly Codec[]): Promise<void> {
    for (const codec of codecs) this.ready.set(codec, { codec, ...(await loadCodec(codec)) })
  }
}
