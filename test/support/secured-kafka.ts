import { afterAll } from 'vitest'
import { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { type Certificate, TestAuthority } from './certificates.js'

const SCRAM_MODULE = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
const OAUTH_MODULE =
  'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'

/** How long a session on the listener `short` lasts. */
export const SHORT_SESSION_MS = 3_000

/** The ways in that a secured broker has beside the plaintext one of its owner. */
const LISTENERS = {
  tls: 'SSL',
  mtls: 'SSL',
  /** Its certificate is for another host. */
  elsewhere: 'SSL',
  scram: 'SASL_PLAINTEXT',
  /** As `scram`, but a session lasts a few seconds (KIP-368). */
  short: 'SASL_PLAINTEXT',
  scramtls: 'SASL_SSL',
  oauth: 'SASL_SSL',
} as const

export type Way = keyof typeof LISTENERS

/** Certificates of one test file: those of the brokers are signed by `authority`, that of `stranger` is not. */
export type Trust = Awaited<ReturnType<typeof makeTrust>>

export async function makeTrust() {
  const [authority, other] = await Promise.all(['Test Authority', 'Other Authority'].map(TestAuthority.create))
  const hosts = [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
  ] as const
  return {
    authority: authority!,
    other: other!,
    broker: await authority!.issue({ name: 'broker', hosts: [...hosts] }),
    elsewhere: await authority!.issue({ name: 'broker', hosts: [{ type: 'dns', value: 'elsewhere.test' }] }),
    client: await authority!.issue({ name: 'replicator' }),
    stranger: await other!.issue({ name: 'replicator' }),
  }
}

/** A broker with all of them and an authorizer; nobody but its owner (plaintext) has a right. Ends after the file. */
export async function startSecuredKafka(
  name: string,
  trust: Trust,
  config: Record<string, string> = {},
  jars: readonly string[] = [],
): Promise<LocalKafka> {
  const kafka = await LocalKafka.start({
    name,
    listeners: LISTENERS,
    jars,
    config: { ...securedConfig(trust), ...config },
  })
  afterAll(() => kafka[Symbol.asyncDispose]())
  return kafka
}

function securedConfig(trust: Trust): Record<string, string> {
  const scram = (way: Way) => ({
    [`listener.name.${way}.sasl.enabled.mechanisms`]: 'SCRAM-SHA-256,SCRAM-SHA-512',
    [`listener.name.${way}.scram-sha-256.sasl.jaas.config`]: SCRAM_MODULE,
    [`listener.name.${way}.scram-sha-512.sasl.jaas.config`]: SCRAM_MODULE,
  })
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    ...keyStore('tls', trust.broker),
    ...keyStore('mtls', trust.broker),
    'listener.name.mtls.ssl.client.auth': 'required',
    'listener.name.mtls.ssl.truststore.type': 'PEM',
    'listener.name.mtls.ssl.truststore.certificates': trust.authority.certificate,
    ...keyStore('elsewhere', trust.elsewhere),
    ...keyStore('scramtls', trust.broker),
    ...keyStore('oauth', trust.broker),
    ...scram('scram'),
    ...scram('short'),
    'listener.name.short.connections.max.reauth.ms': String(SHORT_SESSION_MS),
    ...scram('scramtls'),
    'listener.name.oauth.sasl.enabled.mechanisms': 'OAUTHBEARER',
    'listener.name.oauth.oauthbearer.sasl.jaas.config': OAUTH_MODULE,
  }
}

function keyStore(way: Way, { certificate, privateKey }: Certificate): Record<string, string> {
  return {
    [`listener.name.${way}.ssl.keystore.type`]: 'PEM',
    [`listener.name.${way}.ssl.keystore.certificate.chain`]: certificate,
    [`listener.name.${way}.ssl.keystore.key`]: privateKey,
  }
}
