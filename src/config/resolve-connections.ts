import type { Environment } from '../aws/client-settings.js'
import type { MskListener } from '../aws/msk-brokers.js'
import type { ClusterConnectionOptions } from '../clusters/connection-options.js'
import { ExitCode, UserError } from '../errors.js'
import { allLoopback, splitBootstrapString } from './bootstrap-brokers.js'
import { aliasOf, referenceOf } from './cluster-references.js'
import { type AskedSecurity, securityOf } from './resolve-security.js'
import { SecretReader } from './secrets.js'
import type { Connections, KafkaCluster } from './types.js'

/** What an entry of kafka-clusters.json and its override say together. */
interface Reach extends AskedSecurity {
  brokers: string[]
}

/**
 * Makes the connection options of one cluster from its entry and `connections.json`, reading the secrets it needs, and
 * asking AWS (reached as `env` says) for what the files do not say.
 * Whoever asks for a login gets TLS, unless connections.json says `"EncryptionInTransit": {}`; a login is never dropped.
 */
export async function resolveConnection(
  cluster: KafkaCluster,
  connections: Connections | undefined,
  env: Environment = process.env,
): Promise<ClusterConnectionOptions> {
  const reach = await reachOf(cluster, connections, env)
  const secrets = new SecretReader(connections, env)
  return {
    alias: aliasOf(cluster),
    reference: reach.reference,
    expectedClusterId: cluster.ApacheKafkaCluster?.ApacheKafkaClusterId,
    bootstrapBrokers: reach.brokers,
    security: await securityOf(reach, (arn, needed) => secrets.read(arn, needed)),
  }
}

async function reachOf(cluster: KafkaCluster, connections: Connections | undefined, env: Environment): Promise<Reach> {
  const reference = referenceOf(cluster)
  if (reference === undefined) throw missing('A cluster has neither AmazonMskCluster nor ApacheKafkaCluster.')
  const clusters = connections?.Clusters
  const override = clusters !== undefined && Object.hasOwn(clusters, reference) ? clusters[reference] : undefined
  const asked: AskedSecurity = {
    reference,
    authentication: override?.ClientAuthentication ?? cluster.ClientAuthentication,
    encryption: override?.EncryptionInTransit ?? cluster.EncryptionInTransit,
    profile: env.AWS_PROFILE,
  }
  const given = override?.BootstrapBrokerString ?? cluster.ApacheKafkaCluster?.BootstrapBrokerString
  const split = splitBootstrapString(given ?? (await askAws(asked, env)))
  if (!split.ok)
    throw missing(`The BootstrapBrokerString of ${reference} ${split.reason}.`, 'Write host:port,host:port.')
  const reach = { ...asked, brokers: split.brokers }
  return impliesIam(cluster, reach) ? { ...reach, authentication: { SaslIam: {} } } : reach
}

async function askAws(asked: AskedSecurity, env: Environment): Promise<string> {
  const { mskBrokers } = await import('../aws/msk-brokers.js')
  return await mskBrokers(asked.reference, listenerFor(asked), env)
}

/** The listener of an MSK cluster that fits what the files say; who says nothing means IAM, as on AWS. */
function listenerFor({ authentication, encryption }: AskedSecurity): MskListener {
  if (authentication === undefined || authentication.SaslIam !== undefined) return 'iam'
  if (authentication.SaslScram !== undefined) return 'scram'
  if (Object.keys(authentication).length > 0) return 'tls'
  return encryption?.EncryptionType === undefined ? 'plaintext' : 'tls'
}

/** An MSK cluster that says nothing means IAM over TLS, as on AWS; on this machine it is a stand-in without a login. */
function impliesIam({ AmazonMskCluster }: KafkaCluster, { authentication, brokers }: Reach): boolean {
  return AmazonMskCluster !== undefined && authentication === undefined && !allLoopback(brokers)
}

function missing(message: string, fix?: string): UserError {
  return new UserError(message, { exitCode: ExitCode.Environment, fix })
}
