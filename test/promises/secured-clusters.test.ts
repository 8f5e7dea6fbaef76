import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { Cluster } from '../../src/clusters/cluster.js'
import type { ClusterOverride, Connections } from '../../src/config/types.js'
import { ExitCode } from '../../src/errors.js'
import type { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { Connection } from '../../src/wire/connection.js'
import { FLOWS } from '../cli/files.js'
import { type Certificate, encryptKey } from '../support/certificates.js'
import { Command } from '../support/command.js'
import { allow, GUIDE_RIGHTS, LEAST_RIGHTS, type Right, setPassword } from '../support/kafka-rights.js'
import { SecuredConnections } from '../support/secured-connections.js'
import { makeTrust, SHORT_SESSION_MS, startSecuredKafka, type Trust, type Way } from '../support/secured-kafka.js'
import { type RunningReplicator, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { firstUnlessThorough, thoroughTest } from '../support/thorough.js'
import { TokenEndpoint } from '../support/token-endpoint.js'
import type { TwoClusters } from '../support/two-clusters.js'

/** Clusters that want TLS and a login, with just the rights that AWS's guide lists: real brokers, real refusals. */

type Login = Omit<ClusterOverride, 'BootstrapBrokerString'>

const PASSWORD = 'correct horse'
const CLIENT_SECRET = 'battery staple'
const NAMED_WITHIN_MS = 10_000

let trust: Trust
let source: LocalKafka
let target: LocalKafka
let connections: SecuredConnections
let tokens: TokenEndpoint
let caArn = ''

beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'secured-'))
  connections = new SecuredConnections(folder)
  trust = await makeTrust()
  caArn = await connections.secret('ca', { certificate: trust.authority.certificate })
  ;[source, target] = (await Promise.all([startSecuredKafka('source', trust), startSecuredKafka('target', trust)])) as [
    LocalKafka,
    LocalKafka,
  ]
  tokens = await TokenEndpoint.start(trust.broker, CLIENT_SECRET)
  for (const kafka of [source, target]) {
    await setPassword(kafka, 'replicator', PASSWORD)
    for (const principal of ['User:replicator', 'User:CN=replicator']) await allow(kafka, principal, GUIDE_RIGHTS)
  }
  return async () => {
    await Promise.all([source[Symbol.asyncDispose](), target[Symbol.asyncDispose](), tokens.close()])
    await rm(folder, { recursive: true, force: true })
  }
})

type Case = [name: string, way: Way, howToLogIn: () => Promise<Login>]

describe('records cross', () => {
  const usual: Case[] = [
    ['TLS with a private authority', 'tls', async () => withTls({})],
    ['SCRAM-SHA-512 over TLS', 'scramtls', async () => withTls(scram('SHA512', await login()))],
    ['a client certificate with an encrypted key', 'mtls', async () => withTls(mtls(await encryptedClient()))],
  ]
  const more: Case[] = [
    ['OAUTHBEARER, the client named in a header', 'oauth', async () => withTls(await oauth('BASIC'))],
    ['OAUTHBEARER, the client named in the form', 'oauth', async () => withTls(await oauth('POST'))],
    ['SCRAM-SHA-256 over TLS', 'scramtls', async () => withTls(scram('SHA256', await login()))],
    [
      'SCRAM with the authority in the same secret',
      'scramtls',
      async () => ({ ClientAuthentication: scram('SHA512', await loginWithCa()) }),
    ],
    ['SCRAM without TLS, asked for', 'scram', async () => plain(scram('SHA512', await login()))],
    [
      'a client certificate',
      'mtls',
      async () => withTls(mtls(await connections.secret('client', keyed(trust.client)))),
    ],
  ]
  test.each([...usual, ...firstUnlessThorough(more)])('with %s', async (_, way, howToLogIn) => {
    const topic = await filledTopic()
    const asked = await howToLogIn()
    const engine = await startBetween(way, asked, { topics: topic })
    await untilCopied(engine, topic)
    expect(engine.events.filter(({ level }) => level !== 'info')).toEqual([])
  })

  test('the token endpoint is asked for the scope, and once for many connections', async () => {
    const before = tokens.requests.length
    const engine = await startBetween('oauth', withTls(await oauth('BASIC')), { topics: await filledTopic() })
    await engine.stop()
    const asked = tokens.requests.slice(before)
    expect(asked.map(({ form }) => form)).toEqual(
      asked.map(() => ({ grant_type: 'client_credentials', scope: 'kafka' })),
    )
    // One for each cluster, since each has a login of its own.
    expect(asked.length).toBe(2)
  })
})

describe('what keeps us out is named within 10 s', () => {
  const otherCa = () => connections.secret('other-ca', { certificate: trust.other.certificate })
  const stranger = () => connections.secret('stranger', keyed(trust.stranger))
  const wrongPassword = () => connections.secret('wrong', { username: 'replicator', password: 'guessed' })
  const mismatched = () =>
    connections.secret('mismatched', { ...keyed(trust.client), privateKey: trust.stranger.privateKey })
  const badToken = async () => {
    const secret = await connections.secret('bad-client', { client_id: 'c', client_secret: 'guessed' })
    return withTls(await oauth('POST', secret))
  }

  test.each<[string, Way | 'plaintext', () => Promise<Login>, string]>([
    [
      'an authority that signed nothing',
      'tls',
      async () => tls(await otherCa()),
      'signed by no authority that is trusted here',
    ],
    [
      'public authorities alone',
      'tls',
      async () => ({ EncryptionInTransit: { EncryptionType: 'TLS' } }),
      'signed by no authority',
    ],
    [
      'a certificate for another host',
      'elsewhere',
      async () => withTls({}),
      'not for the host name "localhost", but for DNS:elsewhere.test',
    ],
    ['TLS where there is none', 'plaintext', async () => withTls({}), 'is this a listener without TLS?'],
    ['no TLS where it is wanted', 'tls', async () => plain({}), 'is TLS missing on this listener?'],
    ['no login where one is wanted', 'scram', async () => plain({}), 'whether this listener wants TLS or a login'],
    [
      'a login where none is taken',
      'tls',
      async () => withTls(scram('SHA512', await login())),
      'this listener takes no login (SASL)',
    ],
    [
      'another mechanism than is offered',
      'oauth',
      async () => withTls(scram('SHA512', await login())),
      'does not offer that mechanism',
    ],
    [
      'a wrong password',
      'scram',
      async () => plain(scram('SHA512', await wrongPassword())),
      'refuses the login of "replicator" with SCRAM-SHA-512',
    ],
    ['no client certificate', 'mtls', async () => withTls({}), 'asks for one (MTLS)'],
    [
      'a client certificate of a stranger',
      'mtls',
      async () => withTls(mtls(await stranger())),
      'does not trust our client certificate',
    ],
    [
      'a key that is not of the certificate',
      'mtls',
      async () => withTls(mtls(await mismatched())),
      'certificate and its key cannot be used',
    ],
    ['a wrong client secret', 'oauth', badToken, 'answers 401 (invalid_client'],
  ])('%s', async (_, way, howToLogIn, reason) => {
    const at = way === 'plaintext' ? { broker: source.bootstrapServers } : way
    const cluster = new Cluster(await connections.to(source, at, await howToLogIn()))
    const began = performance.now()
    const error = await cluster.connect().catch(thrown => thrown)
    await cluster.close()
    expect(error).toMatchObject({ name: 'UserError', exitCode: ExitCode.Service })
    expect(`${error.message} ${error.fix}`).toContain(reason)
    expect(`${error.message} ${error.fix} ${error.stack}`).not.toMatch(/guessed|correct horse|BEGIN/)
    expect(performance.now() - began).toBeLessThan(NAMED_WITHIN_MS)
  })

  test('a token that the broker does not take', async () => {
    tokens.lifeS = -6000
    const cluster = new Cluster(await connections.to(source, 'oauth', withTls(await oauth('POST'))))
    const error = await cluster.connect().catch(thrown => thrown)
    await cluster.close()
    tokens.lifeS = 300
    expect(error).toMatchObject({ exitCode: ExitCode.Service })
    expect(error.message).toContain(
      'refuses the login of client "replicator-client" with OAUTHBEARER: it does not take the token',
    )
  })

  test('a replicator does not start with a login that is refused, and ends with 254', async () => {
    const asked = plain(scram('SHA512', await wrongPassword()))
    const failed = await startBetween('scram', asked, { topics: 'any' }).catch(thrown => thrown)
    expect(failed).toMatchObject({ name: 'UserError', exitCode: ExitCode.Service })
  })
})

thoroughTest(
  '`run` ends with 254 for a login that is refused and with 253 without its secret, and shows no secret',
  async () => {
    const home = await temporaryFolder()
    const secret = await connections.secret('wrong-too', { username: 'replicator', password: 'guessed' })
    const run = async (Secrets: Connections['Secrets']) => {
      const ways = [source, target].map(kafka => ({
        ApacheKafkaCluster: {
          ApacheKafkaClusterId: kafka.clusterId,
          BootstrapBrokerString: kafka.listener('scramtls'),
        },
        ...withTls(scram('SHA512', secret)),
      }))
      const flow = { SourceKafkaClusterId: source.clusterId, TargetKafkaClusterId: target.clusterId }
      const files = { 'clusters.json': ways, 'info.json': [{ ...FLOWS[0], ...flow }], 'connections.json': { Secrets } }
      for (const [name, content] of Object.entries(files)) {
        await writeFile(path.join(home, name), JSON.stringify(content))
      }
      const file = (name: string) => `file://${path.join(home, name)}`
      return new Command(home, [
        ...['run', '--replicator-name', 'secured', '--service-execution-role-arn', 'arn:aws:iam::123456789012:role/r'],
        ...['--kafka-clusters', file('clusters.json'), '--replication-info-list', file('info.json')],
        ...['--connections', file('connections.json')],
      ]).end()
    }
    const refused = await run(connections.secrets)
    expect(refused.output).toContain('refuses the login of "replicator" with SCRAM-SHA-512')
    expect(refused.output).not.toContain('guessed')
    expect(refused.exitCode).toBe(ExitCode.Service)
    const { [secret]: _, ...others } = connections.secrets
    expect(await run(others)).toMatchObject({ exitCode: ExitCode.Environment, output: expect.stringContaining(secret) })
  },
)

describe('rights', () => {
  test("those of AWS's guide are enough for topics, their configurations, groups and a restart", async () => {
    const topic = await filledTopic({ 'retention.ms': '123456789' })
    await source.commitOffset('readers', topic, 0, 1)
    const asked = withTls(scram('SHA512', await login()))
    const options = { topics: topic, groups: 'readers', id: randomUUID(), discoveryMs: 500 }
    const first = await startBetween('scramtls', asked, options)
    await untilCopied(first, topic)
    await first.until('the group is there', () =>
      JSON.stringify(first.replicator.snapshot().groups).includes('"synced"'),
    )
    expect(first.events.filter(({ level }) => level !== 'info')).toEqual([])
    await first.stop()
    await source.produce(topic, [{ value: 'after the restart' }])
    const second = await startBetween('scramtls', asked, options)
    await untilCopied(second, topic, { before: 4 })
    expect(second.events.filter(({ level }) => level !== 'info')).toEqual([])
  })

  thoroughTest('the least ones that README.md lists are enough, and for access rules too', async () => {
    const topic = await filledTopic({ 'retention.ms': '123456789' })
    await source.commitOffset('frugal-readers', topic, 0, 1)
    await allow(source, 'User:reader', [{ resource: 'topic', name: topic, operations: ['Read'] }])
    for (const [side, kafka] of [
      ['source', source],
      ['target', target],
    ] as const) {
      await setPassword(kafka, 'frugal', PASSWORD)
      await allow(kafka, 'User:frugal', LEAST_RIGHTS[side])
    }
    const secret = await connections.secret('frugal', { username: 'frugal', password: PASSWORD })
    const options = { topics: topic, groups: 'frugal-readers', discoveryMs: 500 }
    const engine = await startBetween('scramtls', withTls(scram('SHA512', secret)), options)
    await untilCopied(engine, topic)
    await engine.until('the group is there', () =>
      JSON.stringify(engine.replicator.snapshot().groups).includes('"synced"'),
    )
    await engine.untilEvent('acls-copied', `topic ${topic}`)
    expect(engine.events.filter(({ level }) => level !== 'info')).toEqual([])
  })

  const ours = { name: '__kafka_replicator', pattern: 'prefixed' } as const
  const topicRights = GUIDE_RIGHTS[0]!.operations
  const without = (operation: string) => topicRights.filter(one => one !== operation)
  const OTHERS = GUIDE_RIGHTS.slice(1)
  const missing: [string, 'source' | 'target', Right[], string][] = [
    [
      'Write to a topic',
      'target',
      [{ resource: 'topic', name: '*', operations: without('Write') }],
      'Write on topic TOPIC',
    ],
    [
      'Read of a topic',
      'source',
      [{ resource: 'topic', name: '*', operations: without('Read') }],
      'Read on topic TOPIC',
    ],
    [
      'Create of a topic',
      'target',
      [{ resource: 'topic', name: '*', operations: without('Create') }],
      'Create on topic TOPIC',
    ],
  ]
  test.each(firstUnlessThorough(missing))(
    'a missing right is named with who lacks it: %s',
    async (what, side, rights, named) => {
      const user = `without-${what.slice(0, what.indexOf(' ')).toLowerCase()}`
      const kafka = side === 'source' ? source : target
      await setPassword(kafka, user, PASSWORD)
      const others = OTHERS.map(one => ({ ...one, operations: one.operations.filter(each => each !== 'Create') }))
      await allow(kafka, `User:${user}`, [
        ...rights,
        ...others,
        { resource: 'topic', ...ours, operations: topicRights },
      ])
      const lacking = plain(scram('SHA512', await connections.secret(user, { username: user, password: PASSWORD })))
      const full = plain(scram('SHA512', await login()))
      const topic = await filledTopic()
      const engine = await startReplicator(both(), {
        topics: topic,
        source: await connections.to(source, 'scram', side === 'source' ? lacking : full),
        target: await connections.to(target, 'scram', side === 'target' ? lacking : full),
      })
      const sentence = `User:${user} lacks the right ${named.replace('TOPIC', topic)} of ${kafka.clusterId}`
      const said = () => JSON.stringify([engine.events, engine.replicator.snapshot().topics])
      await engine.until(sentence, () => said().includes(sentence), NAMED_WITHIN_MS)
    },
  )
})

describe('sessions that end and passwords that change', () => {
  test('a session is renewed on its connection before it ends: under load none is lost', async () => {
    const topic = await filledTopic()
    const opened = vi.spyOn(Connection, 'open')
    const engine = await startBetween('short', plain(scram('SHA512', await login())), { topics: topic })
    await untilCopied(engine, topic)
    const before = opened.mock.calls.length
    const until = performance.now() + 2.5 * SHORT_SESSION_MS
    while (performance.now() < until) {
      await source.produce(topic, [{ value: `at ${performance.now()}` }])
      await systemClock.sleep(50)
    }
    await untilCopied(engine, topic)
    expect(opened.mock.calls.length - before).toBe(0)
    expect(engine.events.filter(({ level }) => level !== 'info')).toEqual([])
    opened.mockRestore()
  })

  thoroughTest('a password that was changed in the secret too serves the next login; nothing is told', async () => {
    const { topic, engine, secret } = await startOnShortSessions('rita')
    await setPassword(source, 'rita', 'second')
    await secret('second')
    await systemClock.sleep(SHORT_SESSION_MS)
    await source.produce(topic, [{ value: 'after the change' }])
    await untilCopied(engine, topic)
    expect(engine.messages('cluster-unreachable')).toEqual([])
  })

  test('a wrong password is named within 10 s and tried rarely; when it is right again, the copying goes on', async () => {
    const { topic, engine, secret } = await startOnShortSessions('walter')
    const before = await failedLogins(source)
    const changedAt = performance.now()
    await setPassword(source, 'walter', 'second')
    await engine.untilEvent('cluster-unreachable', 'refuses the login of "walter" with SCRAM-SHA-512')
    expect(performance.now() - changedAt).toBeLessThan(NAMED_WITHIN_MS)
    await source.produce(topic, [{ value: 'while we are out' }])
    await systemClock.sleep(5_000)
    // The connections that were open, then one after 1, 2 and 4 s.
    expect((await failedLogins(source)) - before).toBeLessThanOrEqual(10)
    await secret('second')
    await engine.untilEvent('cluster-unreachable', 'lets us in again')
    await untilCopied(engine, topic)
    expect(engine.messages('cluster-unreachable')).toHaveLength(2)
    const counted = (await failedLogins(source)) - before
    expect(engine.replicator.snapshot().clusters).toMatchObject([
      { side: 'source', isAnswering: true, authErrors: counted, throttleMsMax: 0 },
      { side: 'target', isAnswering: true, authErrors: 0, throttleMsMax: 0 },
    ])
  })
})

async function startOnShortSessions(user: string) {
  const topic = await filledTopic()
  const secret = (password: string) => connections.secret(user, { username: user, password })
  const asked = plain(scram('SHA512', await secret('first')))
  for (const kafka of [source, target]) {
    await setPassword(kafka, user, 'first')
    await allow(kafka, `User:${user}`, GUIDE_RIGHTS)
  }
  const engine = await startReplicator(both(), {
    topics: topic,
    groups: '.*', // what asks the source most often
    source: await connections.to(source, 'short', asked),
    target: await connections.to(target, 'scram', plain(scram('SHA512', await login()))),
  })
  await untilCopied(engine, topic)
  return { topic, engine, secret }
}

async function failedLogins(kafka: LocalKafka): Promise<number> {
  return (await kafka.logs(10_000)).split(/Failed (?:re-)?authentication with/).length - 1
}

let topics = 0
async function filledTopic(configs: Record<string, string> = {}): Promise<string> {
  const topic = `topic-${++topics}`
  await source.createTopic(topic, 2, configs)
  await source.produce(
    topic,
    ['a', 'b', 'c', 'd'].map((value, i) => ({ value, partition: i % 2 })),
  )
  return topic
}

/** A replicator that enters both clusters in the same way. */
async function startBetween(way: Way, asked: Login, options: TestOptions): Promise<RunningReplicator> {
  return startReplicator(both(), {
    ...options,
    source: await connections.to(source, way, asked),
    target: await connections.to(target, way, asked),
  })
}

/** Without outside clients, which would be two more JVMs: kafkajs reads what is written here. */
function both(): TwoClusters {
  return { source: { kafka: source }, target: { kafka: target } } as TwoClusters
}

/** `before` is how many records an earlier life has copied. */
async function untilCopied(engine: RunningReplicator, topic: string, { before = 0 } = {}): Promise<void> {
  const written = await valuesOf(source, topic)
  await engine.until(`${topic} is copied`, () => {
    const copied = engine.partitions(topic).reduce((sum, { recordsCopied }) => sum + recordsCopied, 0)
    return before + copied === written.length
  })
  expect(await valuesOf(target, topic)).toEqual(written)
}

async function valuesOf(kafka: LocalKafka, topic: string): Promise<string[]> {
  return (await kafka.read(topic)).map(({ partition, value }) => `${partition} ${value}`).sort()
}

function withTls(how: NonNullable<Login['ClientAuthentication']>): Login {
  return { ClientAuthentication: how, ...tls(caArn) }
}

function tls(arn: string): Login {
  return { EncryptionInTransit: { EncryptionType: 'TLS', RootCaCertificate: arn } }
}

function plain(how: NonNullable<Login['ClientAuthentication']>): Login {
  return { ClientAuthentication: how, EncryptionInTransit: {} }
}

function scram(Mechanism: 'SHA256' | 'SHA512', SecretArn: string) {
  return { SaslScram: { Mechanism, SecretArn } }
}

function mtls(SecretArn: string) {
  return { MTLS: { SecretArn } }
}

function login(): Promise<string> {
  return connections.secret('login', { username: 'replicator', password: PASSWORD })
}

function loginWithCa(): Promise<string> {
  const { certificate } = trust.authority
  return connections.secret('login-with-ca', { username: 'replicator', password: PASSWORD, certificate })
}

function encryptedClient(): Promise<string> {
  const { certificate, privateKey } = trust.client
  const privateKeyPassword = 'a password of the key'
  const encrypted = encryptKey(privateKey, privateKeyPassword)
  return connections.secret('encrypted', { certificate, privateKey: encrypted, privateKeyPassword })
}

function keyed({ certificate, privateKey }: Certificate): Record<string, string> {
  return { certificate, privateKey }
}

async function oauth(TokenEndpointAuthenticationMethod: 'POST' | 'BASIC', secret?: string) {
  const client = { client_id: 'replicator-client', client_secret: CLIENT_SECRET }
  const TokenRequestSecretArn = secret ?? (await connections.secret('oauth-client', client))
  return {
    SaslOAuthBearer: {
      TokenEndpointUrl: tokens.url,
      ClientCredentials: { TokenRequestSecretArn },
      TokenEndpointAuthenticationMethod,
      Scope: 'kafka',
      TokenEndpointTlsCertificateArn: caArn,
    },
  }
}
