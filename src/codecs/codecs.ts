import type { Codec } from '../wire/record-batch.js'

/** What one codec can do, loaded and ready. Both directions are synchronous: a batch is small. */
export interface CodecFunctions {
  /**
   * The uncompressed bytes. Throws CodecError when the bytes are not what the codec writes, or would become more than
   * `MAX_DECOMPRESSED_BYTES`.
   */
  decompress(bytes: Buffer): Buffer
  /** The bytes compressed as Kafka's own clients do it, so that every client can read them. */
  compress(bytes: Buffer): Buffer
}

/** One row a codec. Each loads its package on first use: most runs never meet more than one of them. */
const LOADERS: Readonly<Record<Codec, () => Promise<CodecFunctions>>> = {
  NONE: async () => ({ decompress: bytes => bytes, compress: bytes => bytes }),
  GZIP: async () => (await import('./gzip.js')).gzip,
  SNAPPY: async () => (await import('./snappy.js')).loadSnappy(),
  LZ4: async () => (await import('./lz4.js')).loadLz4(),
  ZSTD: async () => (await import('./zstd.js')).loadZstd(),
}

const loaded = new Map<Codec, Promise<CodecFunctions>>()

/** The functions of a codec; the first call for each loads its package. */
export function loadCodec(codec: Codec): Promise<CodecFunctions> {
  let functions = loaded.get(codec)
  if (functions === undefined) {
    functions = LOADERS[codec]()
    loaded.set(codec, functions)
  }
  return functions
}

/** For single batches; loops take the functions from `loadCodec` once. */
export async function decompress(codec: Codec, bytes: Buffer): Promise<Buffer> {
  return (await loadCodec(codec)).decompress(bytes)
}
