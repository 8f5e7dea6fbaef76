import type { Environment } from '../aws/client-settings.js'
import type { MskListener } from '../aws/msk-brokers.js'
import type { ClusterConnectionOptions, Credentials } from '../clusters/connection-options.js'
import { ExitCode, UserError } from '../errors.js'
import { allLoopback, splitBootstrapString } from './bootstrap-brokers.js'
import { aliasOf, referenceOf } from './cluster-references.js'
import { SecretReader } from './secrets.js'
import type { ClientAuthentication, ClusterOverride, Connections, KafkaCluster } from './types.js'

type Tls = NonNullable<ClusterConnectionOptions['tls']>
type Sasl = NonNullable<ClusterConnectionOptions['sasl']>

/** What an entry of kafka-clusters.json and its override say together. */
interface Reach {
  reference: string
  authentication: ClientAuthentication | undefined
  /** Undefined: nothing was said. `{}`: plaintext, said explicitly in connections.json. */
  encryption: ClusterOverride['EncryptionInTransit']
  brokers: string[]
}

/**
 * Makes the connection options of one cluster from its entry and `connections.json`, reading the secrets it needs, and
 * asking AWS (reached as `env` says) for what the files do not say. Whoever asks for a login gets TLS, unless
 * connections.json says `"EncryptionInTransit": {}`; a login is never dropped.
 */
export async function resolveConnection(
  cluster: KafkaCluster,
  connections: Connections | undefined,
  env: Environment = process.env,
): Promise<ClusterConnectionOptions> {
  const reach = await reachOf(cluster, connections, env)
  const secrets = new SecretReader(connections, env)
  const credentials = async (): Promise<Credentials> => {
    const login = await loginOf(reach, secrets)
    return { tls: await tlsOf(reach, login, secrets), sasl: login.sasl }
  }
  const first = await credentials()
  return {
    alias: aliasOf(cluster),
    reference: reach.reference,
    expectedClusterId: cluster.ApacheKafkaCluster?.ApacheKafkaClusterId,
    bootstrapBrokers: reach.brokers,
    ...first,
    ...(namesSecret(reach) ? { credentials } : {}),
  }
}

async function reachOf(cluster: KafkaCluster, connections: Connections | undefined, env: Environment): Promise<Reach> {
  const reference = referenceOf(cluster)
  if (reference === undefined) throw missing('A cluster has neither AmazonMskCluster nor ApacheKafkaCluster.')
  const clusters = connections?.Clusters
  const override = clusters !== undefined && Object.hasOwn(clusters, reference) ? clusters[reference] : undefined
  const given = override?.BootstrapBrokerString ?? cluster.ApacheKafkaCluster?.BootstrapBrokerString
  const authentication = override?.ClientAuthentication ?? cluster.ClientAuthentication
  const encryption = override?.EncryptionInTransit ?? cluster.EncryptionInTransit
  const bootstrap = given ?? (await askAws(reference, listenerOf({ authentication, encryption }), env))
  const split = splitBootstrapString(bootstrap)
  if (!split.ok)
    throw missing(`The BootstrapBrokerString of ${reference} ${split.reason}.`, 'Write host:port,host:port.')
  const reach = { reference, authentication, encryption, brokers: split.brokers }
  refuseImpliedIam(cluster, reach)
  return reach
}

async function askAws(arn: string, listener: MskListener, env: Environment): Promise<string> {
  const { mskBrokers } = await import('../aws/msk-brokers.js')
  return await mskBrokers(arn, listener, env)
}

/** Which listener of an MSK cluster fits what the files say; to say nothing means IAM, as on AWS. */
function listenerOf({ authentication, encryption }: Pick<Reach, 'authentication' | 'encryption'>): MskListener {
  if (authentication?.SaslScram !== undefined) return 'scram'
  if (authentication?.MTLS !== undefined) return 'tls'
  if (authentication === undefined && encryption === undefined) return 'iam'
  return encryption?.EncryptionType === undefined ? 'plaintext' : 'tls'
}

function namesSecret({ authentication, encryption }: Reach): boolean {
  return Object.keys(authentication ?? {}).length > 0 || encryption?.RootCaCertificate !== undefined
}

/** An MSK cluster that says nothing means IAM over TLS on AWS: away from this machine it must not become plaintext. */
function refuseImpliedIam(cluster: KafkaCluster, reach: Reach): void {
  const silent = reach.authentication === undefined && reach.encryption === undefined
  if (cluster.AmazonMskCluster === undefined || !silent || allLoopback(reach.brokers)) return
  throw missing(
    `The MSK cluster ${reach.reference} would be reached with IAM, which is not supported yet.`,
    `Write into the file given with --connections how to log in, or that there is no login: "ClientAuthentication": {}, "EncryptionInTransit": { "EncryptionType": "TLS" }`,
  )
}

interface Login {
  sasl: Sasl | undefined
  tls: Tls | undefined
}

async function loginOf(reach: Reach, secrets: SecretReader): Promise<Login> {
  const asked = reach.authentication
  if (asked === undefined || Object.keys(asked).length === 0) return { sasl: undefined, tls: undefined }
  if (Object.keys(asked).length > 1) {
    throw missing(`ClientAuthentication of ${reach.reference} names more than one way to log in.`, 'Keep one of them.')
  }
  if (asked.SaslScram !== undefined) {
    const secret = await secrets.read(asked.SaslScram.SecretArn, ['username', 'password'])
    return {
      sasl: scram(asked.SaslScram.Mechanism, secret.username!, secret.password!),
      tls: caOnly(secret.certificate),
    }
  }
  if (asked.MTLS !== undefined) {
    const secret = await secrets.read(asked.MTLS.SecretArn, ['certificate', 'privateKey'])
    const passphrase = secret.privateKeyPassword === undefined ? {} : { passphrase: secret.privateKeyPassword }
    return { sasl: undefined, tls: { cert: secret.certificate!, key: secret.privateKey!, ...passphrase } }
  }
  throw missing(
    `Logging in to ${reach.reference} with SaslOAuthBearer is not supported yet.`,
    `Write another ClientAuthentication (SaslScram or MTLS) for it into the file given with --connections: { "Clusters": { "${reach.reference}": { "ClientAuthentication": { … } } } }`,
  )
}

function scram(mechanism: 'SHA256' | 'SHA512', username: string, password: string): Sasl {
  return { mechanism: mechanism === 'SHA256' ? 'scram-sha-256' : 'scram-sha-512', username, password }
}

function caOnly(certificate: string | undefined): Tls | undefined {
  return certificate === undefined ? undefined : { ca: [certificate] }
}

async function tlsOf(reach: Reach, login: Login, secrets: SecretReader): Promise<Tls | undefined> {
  const encryption = reach.encryption
  const explicitlyPlain = encryption !== undefined && encryption.EncryptionType === undefined
  if (explicitlyPlain) {
    if (login.tls?.cert === undefined) return undefined
    throw missing(
      `${reach.reference} logs in with a certificate (MTLS), which needs TLS, but "EncryptionInTransit": {} says plaintext.`,
      'Write "EncryptionInTransit": { "EncryptionType": "TLS" }.',
    )
  }
  const loginAsked = login.sasl !== undefined || login.tls !== undefined
  if (encryption === undefined && !loginAsked) return undefined
  const root = encryption?.RootCaCertificate
  if (root === undefined) return login.tls ?? {}
  const secret = await secrets.read(root, ['certificate'])
  const own = Array.isArray(login.tls?.ca) ? login.tls.ca : []
  return { ...login.tls, ca: [...own, secret.certificate!] }
}

function missing(message: string, fix?: string): UserError {
  return new UserError(message, { exitCode: ExitCode.Environment, fix })
}
