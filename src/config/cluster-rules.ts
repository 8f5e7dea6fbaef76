import { allLoopback, splitBootstrapString } from './bootstrap-brokers.js'
import { referenceOf } from './cluster-references.js'
import type { Objection, Rule } from './rule.js'
import type { KafkaCluster, SaslOAuthBearer } from './types.js'

const OAUTH_FLOWS = ['ClientCredentials', 'IamJwtBearer', 'ClientCredentialsAssertion'] as const

/** A rule about each entry of kafka-clusters.json by itself. */
function eachCluster(name: string, objection: (cluster: KafkaCluster) => Omit<Objection, 'in'> | undefined): Rule {
  return {
    name,
    needs: ['clusters'],
    *check({ clusters }) {
      for (const [index, cluster] of clusters.entries()) {
        const found = objection(cluster)
        if (found !== undefined) yield { ...found, in: 'clusters', path: [index, ...found.path] }
      }
    },
  }
}

const exactlyOneKind = eachCluster('one-cluster-kind', cluster => {
  const msk = cluster.AmazonMskCluster !== undefined
  const apache = cluster.ApacheKafkaCluster !== undefined
  if (msk !== apache) return undefined
  return {
    path: msk ? ['ApacheKafkaCluster'] : [],
    at: 'key',
    message: msk
      ? 'Cannot specify both AmazonMskCluster and ApacheKafkaCluster in a kafkaCluster object. Choose one cluster type.'
      : 'A cluster needs AmazonMskCluster or ApacheKafkaCluster.',
    fix: msk
      ? 'Remove one of them; two clusters are two entries.'
      : 'Add "AmazonMskCluster" for an MSK cluster, "ApacheKafkaCluster" for any other.',
    invalidParameter: 'kafkaClusters',
  }
})

const distinctClusters: Rule = {
  name: 'distinct-clusters',
  needs: ['clusters'],
  *check({ clusters }) {
    const seen = new Set<string>()
    for (const [index, cluster] of clusters.entries()) {
      const reference = referenceOf(cluster)
      if (reference === undefined) continue
      if (seen.has(reference)) {
        const msk = cluster.AmazonMskCluster !== undefined
        yield {
          in: 'clusters',
          path: [
            index,
            ...(msk ? ['AmazonMskCluster', 'MskClusterArn'] : ['ApacheKafkaCluster', 'ApacheKafkaClusterId']),
          ],
          message: msk
            ? 'Kafka cluster list contains duplicate cluster ARNs. Please ensure all the cluster ARNs are unique.'
            : 'The same cluster id appears twice.',
          fix: 'One entry is the source, the other the target: a cluster is not replicated to itself.',
          invalidParameter: 'kafkaClusters',
        }
      }
      seen.add(reference)
    }
  },
}

const vpcConfigOnlyForMsk = eachCluster('vpc-config-only-for-msk', cluster => {
  const apacheOnly = cluster.ApacheKafkaCluster !== undefined && cluster.AmazonMskCluster === undefined
  if (cluster.VpcConfig === undefined || !apacheOnly) return undefined
  return {
    path: ['VpcConfig'],
    at: 'key',
    message: 'The vpcConfig parameter is only supported for AmazonMskCluster.',
    fix: 'Remove VpcConfig from this entry.',
    invalidParameter: 'vpcConfig',
  }
})

const oneAuthentication = eachCluster('one-authentication', cluster => {
  if (cluster.ClientAuthentication === undefined) return undefined
  const ways = Object.keys(cluster.ClientAuthentication)
  if (ways.length === 1) return undefined
  return {
    path: ['ClientAuthentication'],
    at: 'key',
    message:
      ways.length === 0
        ? 'ClientAuthentication is empty.'
        : `ClientAuthentication has ${ways.join(' and ')}: it takes exactly one of them.`,
    fix: 'Give one of SaslScram, MTLS and SaslOAuthBearer.',
    invalidParameter: 'clientAuthentication',
  }
})

/** A rule about the OAuth settings of each cluster that has them. */
function eachOAuth(name: string, objection: (oauth: SaslOAuthBearer) => Omit<Objection, 'in'> | undefined): Rule {
  return eachCluster(name, cluster => {
    const oauth = cluster.ClientAuthentication?.SaslOAuthBearer
    const found = oauth && objection(oauth)
    return found && { ...found, path: ['ClientAuthentication', 'SaslOAuthBearer', ...found.path] }
  })
}

const oneOAuthFlow = eachOAuth('one-oauth-flow', oauth => {
  const flows = OAUTH_FLOWS.filter(flow => oauth[flow] !== undefined)
  if (flows.length === 1) return undefined
  return {
    path: [],
    at: 'key',
    message: `SaslOAuthBearer needs exactly one of ${OAUTH_FLOWS.join(', ')}, and has ${flows.length}.`,
    fix: flows.length === 0 ? 'Add one of them.' : 'Keep one of them.',
    invalidParameter: 'saslOAuthBearer',
  }
})

const oauthMethodFitsFlow = eachOAuth('oauth-method-fits-flow', oauth => {
  const byAssertion = oauth.IamJwtBearer !== undefined || oauth.ClientCredentialsAssertion !== undefined
  const flows = OAUTH_FLOWS.filter(flow => oauth[flow] !== undefined)
  const none = oauth.TokenEndpointAuthenticationMethod === 'NONE'
  if (flows.length !== 1 || none === byAssertion) return undefined
  return {
    path: ['TokenEndpointAuthenticationMethod'],
    message: `TokenEndpointAuthenticationMethod ${oauth.TokenEndpointAuthenticationMethod} does not go with ${flows[0]}.`,
    fix: byAssertion ? 'Write "NONE": the assertion is the proof.' : 'Write "POST" or "BASIC".',
    invalidParameter: 'tokenEndpointAuthenticationMethod',
  }
})

const bootstrapString = eachCluster('bootstrap-string', cluster => {
  const text = cluster.ApacheKafkaCluster?.BootstrapBrokerString
  const split = text === undefined ? undefined : splitBootstrapString(text)
  if (split === undefined || split.ok) return undefined
  return {
    path: ['ApacheKafkaCluster', 'BootstrapBrokerString'],
    message: `BootstrapBrokerString ${split.reason}.`,
    fix: 'Write host:port,host:port.',
    invalidParameter: 'bootstrapBrokerString',
  }
})

const plaintextOnlyOnLoopback = eachCluster('plaintext-only-on-loopback', cluster => {
  if (cluster.ClientAuthentication !== undefined || cluster.EncryptionInTransit !== undefined) return undefined
  const split = splitBootstrapString(cluster.ApacheKafkaCluster?.BootstrapBrokerString ?? '')
  if (!split.ok || allLoopback(split.brokers)) return undefined
  return {
    path: ['ApacheKafkaCluster'],
    at: 'key',
    severity: 'warning',
    message: 'Records cross the network unencrypted and without a login.',
    fix: 'Add "EncryptionInTransit": { "EncryptionType": "TLS" } and "ClientAuthentication".',
  }
})

/** What AWS demands of kafka-clusters.json beyond its shape, and one warning of our own. */
export const CLUSTER_RULES: readonly Rule[] = [
  exactlyOneKind,
  distinctClusters,
  vpcConfigOnlyForMsk,
  oneAuthentication,
  oneOAuthFlow,
  oauthMethodFitsFlow,
  bootstrapString,
  plaintextOnlyOnLoopback,
]
