import type { ByteReader } from './byte-reader.js'
import type { ByteWriter } from './byte-writer.js'

/** One request of Kafka's protocol in one fixed version, and how its answer reads. */
export interface Api<Request, Response> {
  name: string
  key: number
  version: number
  /** Flexible versions carry tagged fields in their headers (KIP-482). */
  flexible: boolean
  write(writer: ByteWriter, request: Request): void
  read(reader: ByteReader): Response
}
