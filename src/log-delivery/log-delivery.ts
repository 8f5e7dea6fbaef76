import { randomBytes } from 'node:crypto'
import { type AwsService, clientSettings, type Environment } from '../aws/client-settings.js'
import { loadSdk } from '../aws/load-sdk.js'
import type { Clock } from '../clock.js'
import type { LogDelivery as LogDeliverySettings } from '../config/types.js'
import type { EventListener, ReplicationEvent } from '../events.js'
import type { LogSinkSnapshot } from '../replication/snapshot.js'
import { logRecordOf } from './log-record.js'
import type { LogLine, Sink } from './sink.js'
import { SinkWorker } from './sink-worker.js'

/** At a stop the process waits so long for services that do not answer. */
const CLOSE_MS = 5_000
/** The smallest of what the sinks take; a message of ours is a few hundred bytes. */
const RECORD_BYTES_MAX = 256_000

/** What records are delivered for, and with what. */
export interface LogDeliveryOptions {
  replicatorName: string
  env: Environment
  /** Of the target cluster, where the environment names none: MSK delivers there too. */
  region: string | undefined
  clock: Clock
  /** Hears when a sink begins to fail, and when it takes records again. */
  tell: EventListener
}

/**
 * Delivers what a replicator tells to CloudWatch Logs, S3 and Firehose, as log-delivery.json asks. Replication never
 * waits for it: records of a sink that is down are dropped and counted.
 */
export class LogDelivery {
  private readonly options: LogDeliveryOptions
  private readonly workers: SinkWorker[]
  private isClosing = false

  constructor(sinks: readonly Sink[], options: LogDeliveryOptions) {
    this.options = options
    this.workers = sinks.map(sink => new SinkWorker(sink, options.clock, (one, isFailing) => this.told(one, isFailing)))
  }

  /** Undefined where nothing is to be delivered. Throws UserError when a package of the AWS SDK is missing. */
  static async open(
    settings: LogDeliverySettings | undefined,
    options: LogDeliveryOptions,
  ): Promise<LogDelivery | undefined> {
    const sinks = await openSinks(settings, options)
    return sinks.length === 0 ? undefined : new LogDelivery(sinks, options)
  }

  /** Takes one event; never waits, never throws. */
  record(event: ReplicationEvent): void {
    const line = lineOf(this.options.replicatorName, event, this.options.clock.now())
    for (const worker of this.workers) worker.add(line)
  }

  snapshot(): LogSinkSnapshot[] {
    return this.workers.map(worker => worker.snapshot())
  }

  /** Sends what waits, for 5 s at most. */
  async close(): Promise<void> {
    this.isClosing = true
    await Promise.all(this.workers.map(worker => worker.close(CLOSE_MS)))
  }

  private told({ sink, dropped, error }: LogSinkSnapshot, isFailing: boolean): void {
    const message = isFailing
      ? `log delivery to ${sink} fails: ${error}; it is tried again, and what does not fit is dropped and counted`
      : `log delivery to ${sink} works again; ${dropped} records were dropped so far`
    const event: ReplicationEvent = {
      code: isFailing ? 'log-delivery-failed' : 'log-delivery-restored',
      level: isFailing ? 'warn' : 'info',
      message,
      data: { sink, dropped },
    }
    this.options.tell(event)
    if (!this.isClosing) this.record(event)
  }
}

async function openSinks(settings: LogDeliverySettings | undefined, options: LogDeliveryOptions): Promise<Sink[]> {
  const { CloudWatchLogs, Firehose, S3 } = settings?.ReplicatorLogDelivery ?? {}
  const { env, region, replicatorName } = options
  const forService = (service: AwsService) => ({ ...(region ? { region } : {}), ...clientSettings(service, env) })
  const startedAt = new Date(options.clock.now()).toISOString().replace(/[:.]/g, '')
  // Two processes, or two starts, must never write into one stream or object.
  const stream = `${startedAt}-${randomBytes(4).toString('hex')}`
  const sinks: Sink[] = []
  if (CloudWatchLogs?.Enabled && CloudWatchLogs.LogGroup) {
    const { CloudWatchLogsSink } = await loadSdk(
      '@aws-sdk/client-cloudwatch-logs',
      () => import('./cloudwatch-logs-sink.js'),
    )
    const name = `${replicatorName}/${stream}`
    sinks.push(new CloudWatchLogsSink(forService('CLOUDWATCH_LOGS'), CloudWatchLogs.LogGroup, name))
  }
  if (S3?.Enabled && S3.Bucket) {
    const { S3Sink } = await loadSdk('@aws-sdk/client-s3', () => import('./s3-sink.js'))
    sinks.push(new S3Sink(forService('S3'), S3.Bucket, { prefix: S3.Prefix ?? '', replicatorName, stream }))
  }
  if (Firehose?.Enabled && Firehose.DeliveryStream) {
    const { FirehoseSink } = await loadSdk('@aws-sdk/client-firehose', () => import('./firehose-sink.js'))
    sinks.push(new FirehoseSink(forService('FIREHOSE'), Firehose.DeliveryStream))
  }
  return sinks
}

function lineOf(replicatorName: string, event: ReplicationEvent, at: number): LogLine {
  const text = JSON.stringify(logRecordOf(replicatorName, event, at))
  const bytes = Buffer.byteLength(text)
  if (bytes <= RECORD_BYTES_MAX) return { at, text, bytes }
  // Without its data it is still a record; nobody reads a quarter of a megabyte.
  const message = `${event.message.slice(0, 1_000)}… (cut)`
  return lineOf(replicatorName, { ...event, message, data: {} }, at)
}
