import type { ClusterConnectionOptions } from '../clusters/connection-options.js'
import { ExitCode, UserError } from '../errors.js'
import { allLoopback, splitBootstrapString } from './bootstrap-brokers.js'
import { aliasOf, referenceOf } from './cluster-references.js'
import { type AskedSecurity, securityOf } from './resolve-security.js'
import { readSecret } from './secrets.js'
import type { Connections, KafkaCluster } from './types.js'

/** What an entry of kafka-clusters.json and its override say together. */
interface Reach extends AskedSecurity {
  brokers: string[]
}

/**
 * Makes the connection options of one cluster from its entry and `connections.json`, reading the secrets it needs.
 * Whoever asks for a login gets TLS, unless connections.json says `"EncryptionInTransit": {}`; a login is never dropped.
 */
export async function resolveConnection(
  cluster: KafkaCluster,
  connections: Connections | undefined,
): Promise<ClusterConnectionOptions> {
  const reach = reachOf(cluster, connections)
  return {
    alias: aliasOf(cluster),
    reference: reach.reference,
    expectedClusterId: cluster.ApacheKafkaCluster?.ApacheKafkaClusterId,
    bootstrapBrokers: reach.brokers,
    security: await securityOf(reach, (arn, needed) => readSecret(arn, connections, needed)),
  }
}

function reachOf(cluster: KafkaCluster, connections: Connections | undefined): Reach {
  const reference = referenceOf(cluster)
  if (reference === undefined) throw missing('A cluster has neither AmazonMskCluster nor ApacheKafkaCluster.')
  const clusters = connections?.Clusters
  const override = clusters !== undefined && Object.hasOwn(clusters, reference) ? clusters[reference] : undefined
  const bootstrap = override?.BootstrapBrokerString ?? cluster.ApacheKafkaCluster?.BootstrapBrokerString
  if (bootstrap === undefined) {
    throw missing(
      `How to reach the MSK cluster ${reference} is not known here: asking AWS for its brokers is not supported yet.`,
      overrideExample(reference),
    )
  }
  const split = splitBootstrapString(bootstrap)
  if (!split.ok)
    throw missing(`The BootstrapBrokerString of ${reference} ${split.reason}.`, 'Write host:port,host:port.')
  const reach = {
    reference,
    authentication: override?.ClientAuthentication ?? cluster.ClientAuthentication,
    encryption: override?.EncryptionInTransit ?? cluster.EncryptionInTransit,
    brokers: split.brokers,
  }
  return impliesIam(cluster, reach) ? { ...reach, authentication: { SaslIam: {} } } : reach
}

/** An MSK cluster that says nothing means IAM over TLS, as on AWS; on this machine it is a stand-in without a login. */
function impliesIam({ AmazonMskCluster }: KafkaCluster, { authentication, brokers }: Reach): boolean {
  return AmazonMskCluster !== undefined && authentication === undefined && !allLoopback(brokers)
}

function overrideExample(reference: string): string {
  return `Write into the file given with --connections: { "Clusters": { "${reference}": { "BootstrapBrokerString": "host:port", "ClientAuthentication": {}, "EncryptionInTransit": {} } } }`
}

function missing(message: string, fix?: string): UserError {
  return new UserError(message, { exitCode: ExitCode.Environment, fix })
}
