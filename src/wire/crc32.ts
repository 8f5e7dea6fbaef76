import { createRequire } from 'node:module'

const POLYNOMIAL = 0xedb88320

let implementation: ((bytes: Buffer) => number) | undefined

/**
 * CRC-32 (IEEE 802.3, as gzip has it), which messages before Kafka 0.11 carry. Node's own `zlib.crc32` came with 22.2,
 * so the package that computes CRC-32C does it; where that has no binary for the platform, the script below.
 */
export function crc32(bytes: Buffer): number {
  implementation ??= load()
  return implementation(bytes)
}

function load(): (bytes: Buffer) => number {
  try {
    const native = createRequire(import.meta.url)('@node-rs/crc32') as typeof import('@node-rs/crc32')
    return bytes => native.crc32(bytes)
  } catch {
    // No binary for this platform: slower, not wrong.
    return crc32InScript
  }
}

let table: Uint32Array | undefined

/** The same byte by byte. */
export function crc32InScript(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => shiftOut(byte))
  let crc = 0xffffffff
  for (const byte of bytes) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

function shiftOut(byte: number): number {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  return crc
}
