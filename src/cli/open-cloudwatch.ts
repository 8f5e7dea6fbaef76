import { loadSdk } from '../aws/load-sdk.js'
import type { CloudWatchMetrics, CloudWatchMetricsOptions } from '../metrics/cloudwatch-metrics.js'
import { UsageError } from './errors.js'

/** CloudWatch's own rule for namespaces; `AWS/` belongs to AWS. */
const NAMESPACE = /^[A-Za-z0-9._\-/#:]{1,255}$/

const DEFAULT_NAMESPACE = 'KafkaReplicator'

/** The namespace that `--cloudwatch-metrics` asks for; refused now where CloudWatch would refuse it later. */
export function namespaceOf(given: string | true | undefined): string | undefined {
  if (given === undefined) return undefined
  if (given === true) return DEFAULT_NAMESPACE
  if (given.startsWith('AWS/')) {
    throw new UsageError('argument --cloudwatch-metrics: AWS keeps namespaces that begin with "AWS/" for itself', {
      fix: `Choose a name of your own, such as ${DEFAULT_NAMESPACE}.`,
    })
  }
  if (NAMESPACE.test(given) && !given.startsWith(':')) return given
  throw new UsageError(`argument --cloudwatch-metrics: "${given}" is not a namespace: letters, digits and ._-/#: only`)
}

/** Sends metrics to CloudWatch from now on. Throws UserError when the package of the AWS SDK is missing. */
export async function openCloudWatch(options: CloudWatchMetricsOptions): Promise<CloudWatchMetrics> {
  const { CloudWatchMetrics } = await loadSdk(
    '@aws-sdk/client-cloudwatch',
    () => import('../metrics/cloudwatch-metrics.js'),
  )
  return new CloudWatchMetrics(options)
}
