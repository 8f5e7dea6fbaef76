import { ExitCode, UserError } from '../errors.js'
import type { KafkaCluster, ReplicationInfo } from './types.js'

/** The parts of an MSK cluster ARN that we use. */
export interface MskClusterArn {
  region: string
  account: string
  clusterName: string
  uuid: string
}

/** AWS uses this many characters of a cluster's name in the alias, and so in the names of replicated topics. */
const ALIAS_NAME_LENGTH = 28

/** `arn:{partition}:kafka:{region}:{account}:cluster/{name}/{uuid}-N`, where -sN stands for serverless. */
const MSK_CLUSTER_ARN =
  /^arn:(?:aws|aws-us-gov|aws-cn):kafka:([a-z0-9-]+):([0-9]{12}):cluster\/([A-Za-z0-9-]+)\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-[a-z0-9]+$/

/** The parts of an MSK cluster ARN; undefined when the text is not one. */
export function parseMskClusterArn(arn: string): MskClusterArn | undefined {
  const match = MSK_CLUSTER_ARN.exec(arn)
  if (match === null) return undefined
  return { region: match[1]!, account: match[2]!, clusterName: match[3]!, uuid: match[4]! }
}

/** The `MskClusterArn` or `ApacheKafkaClusterId` of an entry in kafka-clusters.json. */
export function referenceOf(cluster: KafkaCluster): string | undefined {
  return cluster.AmazonMskCluster?.MskClusterArn ?? cluster.ApacheKafkaCluster?.ApacheKafkaClusterId
}

/** How messages and prefixed topics call a cluster: the alias that AWS would give it (contract, section 2). */
export function aliasOf(cluster: KafkaCluster): string {
  if (cluster.ApacheKafkaCluster !== undefined) return cluster.ApacheKafkaCluster.ApacheKafkaClusterId
  const text = cluster.AmazonMskCluster?.MskClusterArn ?? ''
  const arn = parseMskClusterArn(text)
  if (arn === undefined) {
    throw new UserError(`${JSON.stringify(text)} is not the ARN of an MSK cluster.`, {
      exitCode: ExitCode.Usage,
      fix: 'It looks like arn:aws:kafka:us-east-1:123456789012:cluster/my-cluster/1fa2b3c4-0000-4000-8000-1234567890ab-1.',
    })
  }
  return `${arn.clusterName.slice(0, ALIAS_NAME_LENGTH)}-${arn.uuid.slice(-12)}`
}

/** The source's reference as the flow names it, by ARN or by id. */
export function sourceReference(flow: ReplicationInfo): string | undefined {
  return flow.SourceKafkaClusterArn ?? flow.SourceKafkaClusterId
}

/** The target's reference as the flow names it, by ARN or by id. */
export function targetReference(flow: ReplicationInfo): string | undefined {
  return flow.TargetKafkaClusterArn ?? flow.TargetKafkaClusterId
}
