import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose'
import type { ClientSettings } from '../aws/client-settings.js'
import type { LogLine, Sink, SinkLimits } from './sink.js'

/** PutRecordBatch takes 500 records and 4 MiB; a record at most 1,000 KiB before base64. */
const LIMITS: SinkLimits = { records: 500, bytes: 4 << 20, overhead: 1, recordBytes: 256_000, lingerMs: 2_000 }

/** JSON lines: each record ends with a line end, for Firehose puts them together as they are. */
export class FirehoseSink implements Sink {
  readonly name = 'Firehose'
  readonly limits = LIMITS
  private readonly client: FirehoseClient
  private readonly stream: string

  constructor(settings: ClientSettings, stream: string) {
    this.client = new FirehoseClient(settings)
    this.stream = stream
  }

  async send(lines: readonly LogLine[]): Promise<LogLine[]> {
    const Records = lines.map(({ text }) => ({ Data: Buffer.from(`${text}\n`) }))
    const answer = await this.client.send(new PutRecordBatchCommand({ DeliveryStreamName: this.stream, Records }))
    const refused = lines.filter((_, n) => answer.RequestResponses?.[n]?.ErrorCode !== undefined)
    if (refused.length > 0 && refused.length === lines.length) {
      const { ErrorCode, ErrorMessage } = answer.RequestResponses?.[0] ?? {}
      throw new Error(`${ErrorCode}: ${ErrorMessage}`)
    }
    return refused
  }

  close(): void {
    this.client.destroy()
  }
}
