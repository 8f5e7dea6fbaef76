import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { clientSettings, type Environment } from '../aws/client-settings.js'
import { type Clock, withinTime } from '../clock.js'
import { messageOf } from '../errors.js'
import type { ReplicatorSnapshot } from '../replication/snapshot.js'
import { cloudWatchData } from './cloudwatch-data.js'

/** The finest period of standard metrics, and MSK's. */
const INTERVAL_MS = 60_000
/** PutMetricData takes 1,000 metrics and 1 MiB; one of ours is below 1 KiB. */
const METRICS_PER_REQUEST = 500
/** A last reading at the end must not hold a stop. */
const CLOSE_MS = 3_000

export interface CloudWatchMetricsOptions {
  namespace: string
  env: Environment
  /** Of the target cluster, where the environment names none. */
  region: string | undefined
  clock: Clock
  snapshots: () => readonly ReplicatorSnapshot[]
  /** Hears once that it fails, and once that it works again. */
  tell: (message: string) => void
}

/** Sends MSK's metrics to CloudWatch once a minute. A reading that cannot be sent is lost; the next one comes. */
export class CloudWatchMetrics {
  private readonly options: CloudWatchMetricsOptions
  private readonly client: CloudWatchClient
  private readonly closing = new AbortController()
  private readonly loop: Promise<void>
  private before = new Map<string, ReplicatorSnapshot>()
  private isFailing = false

  constructor(options: CloudWatchMetricsOptions) {
    this.options = options
    const region = options.region === undefined ? {} : { region: options.region }
    this.client = new CloudWatchClient({ ...region, ...clientSettings('CLOUDWATCH', options.env) })
    this.loop = this.run()
  }

  /** Sends a last reading, for 3 s at most. */
  async close(): Promise<void> {
    this.closing.abort()
    await withinTime(this.loop, CLOSE_MS, this.options.clock)
    this.client.destroy()
  }

  private async run(): Promise<void> {
    while (!this.closing.signal.aborted) {
      await this.options.clock.sleep(INTERVAL_MS, this.closing.signal)
      await this.report()
    }
  }

  private async report(): Promise<void> {
    const snapshots = this.options.snapshots()
    const data = snapshots.flatMap(one => cloudWatchData(one, this.before.get(one.replicatorName)))
    this.before = new Map(snapshots.map(one => [one.replicatorName, one]))
    try {
      for (let i = 0; i < data.length; i += METRICS_PER_REQUEST) {
        const MetricData = data.slice(i, i + METRICS_PER_REQUEST)
        await this.client.send(new PutMetricDataCommand({ Namespace: this.options.namespace, MetricData }))
      }
      if (this.isFailing) this.options.tell('metrics reach CloudWatch again')
      this.isFailing = false
    } catch (error) {
      if (!this.isFailing)
        this.options.tell(`metrics do not reach CloudWatch: ${messageOf(error)}; it tries each minute`)
      this.isFailing = true
    }
  }
}
