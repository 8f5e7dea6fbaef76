import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import type { ClientSettings } from '../aws/client-settings.js'
import type { LogLine, Sink, SinkLimits } from './sink.js'

/**
 * PutLogEvents takes 10,000 events and 1 MiB, each event counted with 26 bytes more, within 24 hours; 256 KiB an event
 * is what every Region takes. Ours are a few seconds apart.
 */
const LIMITS: SinkLimits = { records: 10_000, bytes: 1_048_576, overhead: 26, recordBytes: 256_000, lingerMs: 2_000 }

/** Into a log group that is there, as AWS wants it, and a stream of this process, which is created. */
export class CloudWatchLogsSink implements Sink {
  readonly name = 'CloudWatchLogs'
  readonly limits = LIMITS
  private readonly client: CloudWatchLogsClient
  private readonly logGroupName: string
  private readonly logStreamName: string
  private hasStream = false

  constructor(settings: ClientSettings, logGroup: string, stream: string) {
    this.client = new CloudWatchLogsClient(settings)
    this.logGroupName = logGroup
    this.logStreamName = stream
  }

  async send(lines: readonly LogLine[]): Promise<LogLine[]> {
    const { logGroupName, logStreamName } = this
    if (!this.hasStream) await this.createStream()
    const logEvents = lines.map(({ at, text }) => ({ timestamp: at, message: text }))
    await this.client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }))
    return []
  }

  close(): void {
    this.client.destroy()
  }

  private async createStream(): Promise<void> {
    const { logGroupName, logStreamName } = this
    try {
      await this.client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
    } catch (error) {
      // An answer that was lost: it is there now.
      if ((error as Error).name !== 'ResourceAlreadyExistsException') throw error
    }
    this.hasStream = true
  }
}
