import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { splitBootstrapString } from '../../src/config/bootstrap-brokers.js'
import { aliasOf } from '../../src/config/cluster-references.js'
import { loadConnections } from '../../src/config/load-connections.js'
import { toReplicatorOptions } from '../../src/config/replicator-options.js'
import { resolveConnection } from '../../src/config/resolve-connections.js'
import type { Connections, KafkaCluster } from '../../src/config/types.js'
import { ExitCode } from '../../src/errors.js'
import { APACHE_ID, apacheCluster, createRequest, flow, MSK_ARN, mskCluster } from '../support/config-samples.js'

/** Must never be seen in a message. */
const CANARY = 'c4n4ry'
const arnOf = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`
/** Nobody answers there. */
const NO_AWS = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }
// Credentials are found by the SDK itself; without any it would ask the network.
vi.stubEnv('AWS_ACCESS_KEY_ID', 'x')
vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'y')
vi.stubEnv('AWS_PROFILE', undefined)
const TLS = { EncryptionType: 'TLS' } as const
const scram = (name: string): KafkaCluster['ClientAuthentication'] => ({
  SaslScram: { Mechanism: 'SHA512', SecretArn: arnOf(name) },
})

const clientCredentials = (name: string) => ({
  TokenEndpointUrl: 'https://t.example.com/token',
  ClientCredentials: { TokenRequestSecretArn: arnOf(name) },
  TokenEndpointAuthenticationMethod: 'BASIC' as const,
})

let folder = ''
let connections: Connections = {}
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'secrets-'))
  const secrets: Record<string, string> = {
    login: JSON.stringify({ username: 'u', password: CANARY }),
    loginWithCa: JSON.stringify({ username: 'u', password: CANARY, certificate: 'PEM-A' }),
    ca: JSON.stringify({ certificate: 'PEM-B' }),
    client: JSON.stringify({ certificate: 'CERT', privateKey: 'KEY', privateKeyPassword: CANARY }),
    oauth: JSON.stringify({
      client_id: 'c',
      client_secret: CANARY,
      'custom_param.audience': 'kafka',
      'custom_header.x-tenant': 't',
      'extension.logicalCluster': 'lkc',
    }),
    noPassword: JSON.stringify({ username: CANARY }),
    numeric: `{"username": "u", "password": 12345}`,
    broken: `{"password": "${CANARY}" "x"}`,
    list: `["${CANARY}"]`,
  }
  await mkdir(path.join(folder, 'secrets'))
  const entries: Record<string, { File: string }> = { [arnOf('missing')]: { File: './secrets/missing.json' } }
  for (const [name, text] of Object.entries(secrets)) {
    await writeFile(path.join(folder, 'secrets', `${name}.json`), text)
    entries[arnOf(name)] = { File: `./secrets/${name}.json` }
  }
  await writeFile(path.join(folder, 'connections.json'), JSON.stringify({ Secrets: entries }))
  connections = await loadConnections(`file://${folder}/connections.json`)
})
afterAll(() => {
  vi.unstubAllEnvs()
  return rm(folder, { recursive: true, force: true })
})

/** With what a connection to it would begin. */
async function resolve(cluster: KafkaCluster, given: Connections | undefined) {
  const reached = await resolveConnection(cluster, given)
  const { tls, login } = (await reached.security?.()) ?? { tls: undefined, login: undefined }
  return { ...reached, tls, login }
}

describe('how a cluster is reached', () => {
  it('an Apache cluster that says nothing is plaintext', async () => {
    expect(await resolveConnection(apacheCluster({}), undefined)).toEqual({
      alias: APACHE_ID,
      reference: APACHE_ID,
      expectedClusterId: APACHE_ID,
      bootstrapBrokers: ['127.0.0.1:9092'],
      security: undefined,
    })
  })

  it('SCRAM comes with TLS even when EncryptionInTransit is left out', async () => {
    const reached = await resolve(apacheCluster({ ClientAuthentication: scram('login')! }), connections)
    expect(reached.login).toEqual({ kind: 'scram', mechanism: 'scram-sha-512', username: 'u', password: CANARY })
    expect(reached.tls).toEqual({})
  })

  it('SHA256, and CA certificates of the login and of RootCaCertificate together', async () => {
    const cluster = apacheCluster({
      ClientAuthentication: { SaslScram: { Mechanism: 'SHA256', SecretArn: arnOf('loginWithCa') } },
      EncryptionInTransit: { ...TLS, RootCaCertificate: arnOf('ca') },
    })
    const reached = await resolve(cluster, connections)
    expect(reached.login).toMatchObject({ mechanism: 'scram-sha-256' })
    expect(reached.tls).toEqual({ ca: ['PEM-A', 'PEM-B'] })
  })

  it('mTLS', async () => {
    const cluster = apacheCluster({ ClientAuthentication: { MTLS: { SecretArn: arnOf('client') } } })
    const reached = await resolve(cluster, connections)
    expect(reached).toMatchObject({ login: undefined, tls: { cert: 'CERT', key: 'KEY', passphrase: CANARY } })
  })

  it('TLS without a login', async () => {
    const reached = await resolve(apacheCluster({ EncryptionInTransit: TLS }), undefined)
    expect(reached).toMatchObject({ login: undefined, tls: {} })
  })

  it('connections.json overrides each member by itself, and {} says none', async () => {
    const cluster = apacheCluster(
      { ClientAuthentication: scram('login')!, EncryptionInTransit: TLS },
      'far.example.com:1',
    )
    const override = (entry: object) => ({ ...connections, Clusters: { [APACHE_ID]: entry } })
    const near = await resolve(cluster, override({ BootstrapBrokerString: '127.0.0.1:7' }))
    expect(near).toMatchObject({ bootstrapBrokers: ['127.0.0.1:7'], login: { username: 'u' }, tls: {} })
    const plain = await resolve(cluster, override({ EncryptionInTransit: {} }))
    expect(plain).toMatchObject({ login: { username: 'u' }, tls: undefined })
    const open = await resolve(cluster, override({ ClientAuthentication: {}, EncryptionInTransit: {} }))
    expect(open).toMatchObject({ login: undefined, tls: undefined })
  })

  it('OAuth with client credentials, all that its secret may hold, and a private authority at the token endpoint', async () => {
    const asked = { ...clientCredentials('oauth'), Scope: 'read', TokenEndpointTlsCertificateArn: arnOf('ca') }
    const cluster = apacheCluster({ ClientAuthentication: { SaslOAuthBearer: asked } })
    expect(await resolve(cluster, connections)).toMatchObject({
      tls: {},
      login: {
        kind: 'oauth',
        tokenEndpointUrl: 'https://t.example.com/token',
        clientId: 'c',
        clientSecret: CANARY,
        method: 'BASIC',
        scope: 'read',
        ca: 'PEM-B',
        parameters: { audience: 'kafka' },
        headers: { 'x-tenant': 't' },
        extensions: { logicalCluster: 'lkc' },
      },
    })
  })

  it('an MSK cluster that says nothing is entered with IAM in the region of its ARN, except on this machine', async () => {
    const far = { BootstrapBrokerString: 'b-1.example.com:9098' }
    expect(await resolve(mskCluster(), { Clusters: { [MSK_ARN]: far } })).toMatchObject({
      tls: {},
      login: { kind: 'iam', region: 'us-east-1' },
    })
    const near = { BootstrapBrokerString: '127.0.0.1:9092' }
    expect(await resolve(mskCluster(), { Clusters: { [MSK_ARN]: near } })).toMatchObject({ security: undefined })
    const asked = { ...near, ClientAuthentication: { SaslIam: { Region: 'eu-west-1' } } }
    expect(await resolve(mskCluster(), { Clusters: { [MSK_ARN]: asked } })).toMatchObject({
      login: { kind: 'iam', region: 'eu-west-1' },
    })
  })

  it('secrets are read again for each connection, and what has not changed is the same object', async () => {
    const file = path.join(folder, 'secrets', 'login.json')
    const before = await readFile(file, 'utf8')
    const { security } = await resolveConnection(apacheCluster({ ClientAuthentication: scram('login')! }), connections)
    const first = await security!()
    expect(await security!()).toBe(first)
    await writeFile(file, JSON.stringify({ username: 'u', password: 'another' }))
    expect((await security!()).login).toMatchObject({ password: 'another' })
    await writeFile(file, before)
  })

  it('an MSK cluster needs an entry, and gets its AWS alias', async () => {
    const entry = { BootstrapBrokerString: '127.0.0.1:9092', ClientAuthentication: {}, EncryptionInTransit: {} }
    const reached = await resolve(mskCluster(), { Clusters: { [MSK_ARN]: entry } })
    expect(reached).toMatchObject({
      alias: 'orders-east-a1b2c3d4e5f6',
      reference: MSK_ARN,
      expectedClusterId: undefined,
      tls: undefined,
    })
  })

  it('the name in an alias is cut to 28 characters', () => {
    const arn = MSK_ARN.replace('orders-east', 'a'.repeat(40))
    expect(aliasOf(mskCluster(arn))).toBe(`${'a'.repeat(28)}-a1b2c3d4e5f6`)
    expect(() => aliasOf(mskCluster('arn:aws:kafka:x'))).toThrow('not the ARN of an MSK cluster')
  })
})

describe('what cannot be resolved is an error that says what to write, never plaintext and never a secret', () => {
  const mtls = (name: string): KafkaCluster =>
    apacheCluster({ ClientAuthentication: { MTLS: { SecretArn: arnOf(name) } } })
  const login = (name: string): KafkaCluster => apacheCluster({ ClientAuthentication: scram(name)! })
  const oauth = (more: object, name = 'oauth') =>
    apacheCluster({ ClientAuthentication: { SaslOAuthBearer: { ...clientCredentials(name), ...more } } })
  const bearer = { TokenEndpointUrl: 'https://x', TokenEndpointAuthenticationMethod: 'NONE' } as const
  it.each<[string, KafkaCluster, NonNullable<Connections['Clusters']>, string, string]>([
    ['an MSK cluster without an entry', mskCluster(), {}, 'GetBootstrapBrokers', 'AWS_ENDPOINT_URL'],
    [
      'IAM over plaintext',
      mskCluster(),
      { [MSK_ARN]: { BootstrapBrokerString: 'b.example.com:9098', EncryptionInTransit: {} } },
      'IAM, which needs TLS',
      'EncryptionType',
    ],
    [
      'IAM in a region that nobody names',
      apacheCluster({}),
      { [APACHE_ID]: { ClientAuthentication: { SaslIam: {} } } },
      'region',
      'us-east-1',
    ],
    ['a secret without an entry', login('unlisted'), {}, 'Secrets Manager', 'AWS_ENDPOINT_URL'],
    ['a secret file that is missing', login('missing'), {}, 'no such file', ''],
    ['a secret without a password', login('noPassword'), {}, 'has no "password"', 'username, password'],
    ['a secret with a number', login('numeric'), {}, 'not a string', ''],
    ['a secret that is no JSON', login('broken'), {}, 'line 1, column 23', ''],
    ['a secret that is a list', login('list'), {}, 'not a JSON object', ''],
    ['mTLS without a key', mtls('ca'), {}, 'has no "privateKey"', 'certificate, privateKey'],
    [
      'mTLS over plaintext',
      mtls('client'),
      { [APACHE_ID]: { EncryptionInTransit: {} } },
      'needs TLS',
      'EncryptionType',
    ],
    [
      'OAuth with an assertion of AWS',
      apacheCluster({ ClientAuthentication: { SaslOAuthBearer: bearer } }),
      {},
      'with ClientCredentials only',
      'ClientCredentials',
    ],
    ['OAuth without TLS at the token endpoint', oauth({ TokenEndpointUrl: 'http://t.example.com/' }), {}, 'https', ''],
    ['OAuth without a client secret', oauth({}, 'login'), {}, 'has no "client_id"', 'client_id, client_secret'],
    [
      'two ways to log in',
      apacheCluster({ ClientAuthentication: { ...scram('login'), MTLS: { SecretArn: 'x' } } }),
      {},
      'more than one',
      'Keep one',
    ],
    ['a broken bootstrap string', apacheCluster({}, `user:${CANARY}@host:1`), {}, 'a login belongs', 'host:port'],
    ['neither kind', {}, {}, 'neither', ''],
  ])('%s', async (_, cluster, clusters, message, fix) => {
    const error = await resolveConnection(cluster, { ...connections, Clusters: clusters }, NO_AWS).catch(
      thrown => thrown,
    )
    expect(error).toMatchObject({ name: 'UserError', exitCode: ExitCode.Environment })
    expect(error.message).toContain(message)
    expect(error.fix ?? '').toContain(fix)
    expect(`${error.message}${error.fix}${error.stack}`).not.toContain(CANARY)
  })

  it('names inherited from objects are no entries', async () => {
    const cluster = apacheCluster({}, '127.0.0.1:1', 'constructor')
    expect(await resolveConnection(cluster, { Clusters: {} })).toMatchObject({ bootstrapBrokers: ['127.0.0.1:1'] })
  })
})

describe('bootstrap strings', () => {
  it('are split, trimmed and made unique', () => {
    expect(splitBootstrapString('a:1, [::1]:2,a:1,b_c.d-e.:65535')).toEqual({
      ok: true,
      brokers: ['a:1', '[::1]:2', 'b_c.d-e.:65535'],
    })
  })

  it.each([
    '',
    ' ',
    'a',
    'a:',
    ':1',
    'a:0',
    'a:65536',
    'a:1,',
    'a:1,,b:2',
    '::1:9092',
    '[::1]',
    'a b:1',
    'kafka://a:1',
    'a:1;b:2',
    '-a:1',
    'PLAINTEXT://a:1',
  ])('%j is refused', text => {
    expect(splitBootstrapString(text)).toMatchObject({ ok: false })
  })
})

describe('the options of a replicator', () => {
  const reach = { Clusters: { [MSK_ARN]: { BootstrapBrokerString: '127.0.0.1:2' } } }

  it("fill in AWS's defaults", async () => {
    const options = await toReplicatorOptions(createRequest(), reach, 'id-1')
    expect(options).toMatchObject({ name: 'orders', id: 'id-1', compression: 'NONE' })
    expect([options.source.alias, options.target.alias]).toEqual([APACHE_ID, 'orders-east-a1b2c3d4e5f6'])
    expect(options.topics).toEqual({
      include: ['.*'],
      exclude: [],
      naming: 'prefixed',
      startAt: 'latest',
      copyConfigurations: true,
      copyAccessControlLists: true,
      detectNew: true,
    })
  })

  it('take what the request says', async () => {
    const topics = {
      TopicsToReplicate: ['a'],
      TopicsToExclude: ['b'],
      TopicNameConfiguration: { Type: 'IDENTICAL' as const },
      StartingPosition: { Type: 'EARLIEST' as const },
      CopyTopicConfigurations: false,
      CopyAccessControlListsForTopics: false,
      DetectAndCopyNewTopics: false,
    }
    const request = createRequest({
      ReplicationInfoList: [flow({ TopicReplication: topics, TargetCompressionType: 'ZSTD' })],
    })
    const options = await toReplicatorOptions(request, reach, 'x', { compression: 'PRESERVE' })
    expect(options.compression).toBe('PRESERVE')
    expect(options.topics).toEqual({
      include: ['a'],
      exclude: ['b'],
      naming: 'identical',
      startAt: 'earliest',
      copyConfigurations: false,
      copyAccessControlLists: false,
      detectNew: false,
    })
    expect((await toReplicatorOptions(request, reach, 'x')).compression).toBe('ZSTD')
  })

  it('an unlisted cluster is refused', async () => {
    const request = createRequest({ KafkaClusters: [mskCluster()] })
    await expect(toReplicatorOptions(request, reach, 'x')).rejects.toMatchObject({ exitCode: ExitCode.Usage })
  })
})

describe('--connections', () => {
  it('takes the JSON itself', async () => {
    const text = `{"Clusters": {"a": {"EncryptionInTransit": {}}}, "Secrets": {"x": {"File": "s.json"}}}`
    expect(await loadConnections(text)).toMatchObject({ Secrets: { x: { File: path.resolve('s.json') } } })
  })

  it.each([
    ['{"Clusters": {,}}', '--connections:1:15'],
    ['{"Cluster": {}}', '"Cluster"'],
    ['{"Clusters": {"a": {"BootstrapBrokerString": "x"}}}', 'host:port'],
    ['{"Secrets": {"a": {}}}', 'needs the key "File"'],
  ])('%s is refused', async (text, message) => {
    await expect(loadConnections(text)).rejects.toMatchObject({
      exitCode: ExitCode.Usage,
      message: expect.stringContaining(message),
    })
  })

  it('a missing file is an error of the environment', async () => {
    await expect(loadConnections('file:///nowhere.json')).rejects.toMatchObject({ exitCode: ExitCode.Environment })
  })
})
