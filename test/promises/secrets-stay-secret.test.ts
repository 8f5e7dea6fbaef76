import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { CreateSecretCommand, SecretsManagerClient, UpdateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../../src/local-kafka/free-port.ts'
import type { LocalKafka } from '../../src/local-kafka/local-kafka.ts'
import { stateTopicName } from '../../src/progress/state-topic.ts'
import { encryptKey } from '../support/certificates.ts'
import { Command } from '../support/command.ts'
import { allow, GUIDE_RIGHTS, setPassword } from '../support/kafka-rights.ts'
import { Moto } from '../support/moto.ts'
import { makeTrust, startSecuredKafka, type Trust } from '../support/secured-kafka.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { isThorough } from '../support/thorough.ts'

/**
 * No secret is ever in an output, a log, the state, an argument of a process, a metric or a trace. Values that are found
 * nowhere else are planted wherever a secret may be, then everything that is left behind is searched for them.
 */

/** A value that is found nowhere else, the same in every run of this file. */
const canary = (name: string) => createHash('sha256').update(`canary ${name}`).digest('hex').slice(0, 32)
const CANARIES = {
  password: canary('password'),
  rotated: canary('rotated'),
  keyPassword: canary('key password'),
  unused: canary('unused member'),
  awsKey: canary('aws secret key'),
}
const FILE_ARN = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`

let moto: Moto
let secrets: SecretsManagerClient
const silent: Server[] = []

beforeAll(async () => {
  moto = await Moto.start()
  secrets = new SecretsManagerClient(moto.client)
}, 600_000)
afterAll(() => {
  for (const server of silent) server.close()
  secrets?.destroy()
  moto?.close()
})

/** What was left behind, piece by piece, and what must not be in it. */
class Haystack {
  readonly pieces = new Map<string, string>()
  private readonly needles: string[]

  constructor(values: readonly string[]) {
    // A secret may also go by as base64, whatever stands before it.
    const encoded = values.map(value => Buffer.from(value).toString('base64').slice(4, -4))
    this.needles = [...values, ...encoded]
    expect(this.needles.every(needle => needle.length >= 16)).toBe(true)
  }

  add(where: string, text: string | Uint8Array): void {
    const known = this.pieces.get(where) ?? ''
    this.pieces.set(where, known + (typeof text === 'string' ? text : Buffer.from(text).toString('latin1')))
  }

  async addFolder(folder: string, except: readonly string[] = []): Promise<void> {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name)
      if (entry.isFile() && !except.includes(file)) this.add(file.slice(folder.length), await readFile(file))
    }
  }

  /** Where secrets were found. */
  found(): string[] {
    return [...this.pieces].filter(([, text]) => this.needles.some(needle => text.includes(needle))).map(([at]) => at)
  }
}

/** The arguments of every process on this machine. */
async function addProcesses(haystack: Haystack): Promise<void> {
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    // One that has ended meanwhile has none any more.
    haystack.add('/proc/*/cmdline', await readFile(`/proc/${pid}/cmdline`).catch(() => ''))
  }
}

interface Cluster {
  id: string
  broker: string
  ClientAuthentication: object
}

/** The three files and connections.json in a folder; answers the options that name them. */
async function writeFiles(folder: string, source: Cluster, target: Cluster, files: Record<string, string>) {
  const write = async (name: string, content: object) => {
    await writeFile(join(folder, name), JSON.stringify(content))
    return `file://${join(folder, name)}`
  }
  const clusters = [source, target].map(({ id, broker, ClientAuthentication }) => ({
    ApacheKafkaCluster: { ApacheKafkaClusterId: id, BootstrapBrokerString: broker },
    ClientAuthentication,
    EncryptionInTransit: { EncryptionType: 'TLS', RootCaCertificate: FILE_ARN('ca') },
  }))
  const flow = {
    ...{ SourceKafkaClusterId: source.id, TargetKafkaClusterId: target.id, TargetCompressionType: 'NONE' },
    TopicReplication: {
      TopicsToReplicate: ['orders'],
      TopicNameConfiguration: { Type: 'IDENTICAL' },
      StartingPosition: { Type: 'EARLIEST' },
    },
    ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['.*'] },
  }
  const logs = {
    ReplicatorLogDelivery: {
      CloudWatchLogs: { Enabled: true, LogGroup: '/canary' },
      S3: { Enabled: true, Bucket: 'canary' },
    },
  }
  const Secrets = Object.fromEntries(Object.entries(files).map(([arn, File]) => [arn, { File }]))
  return [
    ...['--service-execution-role-arn', 'arn:aws:iam::123456789012:role/r', '--replicator-name', 'canary'],
    ...['--kafka-clusters', await write('kafka-clusters.json', clusters)],
    ...['--replication-info-list', await write('replication-info.json', [flow])],
    ...['--log-delivery', await write('log-delivery.json', logs)],
    ...['--connections', await write('connections.json', { Secrets })],
  ]
}

/** What the log sinks have taken. */
async function addLogs(haystack: Haystack): Promise<void> {
  const logs = new CloudWatchLogsClient(moto.client)
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/canary' }))
  for (const { message = '' } of events) haystack.add('CloudWatch Logs', `${message}\n`)
  const s3 = new S3Client({ ...moto.client, forcePathStyle: true })
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'canary' }))
  for (const { Key } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'canary', Key }))
    haystack.add('S3', gunzipSync(await Body!.transformToByteArray()))
  }
}

async function openSinks(): Promise<void> {
  await new CloudWatchLogsClient(moto.client).send(new CreateLogGroupCommand({ logGroupName: '/canary' }))
  await new S3Client({ ...moto.client, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'canary' }))
}

/** A broker that accepts and never says a word of Kafka: what was given to it is of no use. */
async function brokenBroker(): Promise<string> {
  const server = createServer(socket => socket.on('error', () => {}).end('not kafka\r\n'))
  silent.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('the search finds what is planted, as it is and as base64', () => {
  const haystack = new Haystack([CANARIES.password])
  haystack.add('clean', 'nothing here')
  haystack.add('plain', `Authorization: ${CANARIES.password}`)
  haystack.add('encoded', Buffer.from(`user:${CANARIES.password}`).toString('base64'))
  haystack.add('encoded otherwise', Buffer.from(CANARIES.password).toString('base64'))
  expect(haystack.found()).toEqual(expect.arrayContaining(['plain', 'encoded otherwise']))
  expect(haystack.found()).not.toContain('clean')
})

test('a start that fails tells no secret, with --debug neither', async () => {
  const folder = await temporaryFolder()
  const home = join(await temporaryFolder(), 'home')
  const files: Record<string, string> = {}
  const secretFile = async (name: string, text: string) => {
    files[FILE_ARN(name)] = join(folder, `${name}.json`)
    await writeFile(files[FILE_ARN(name)]!, text)
  }
  const { ARN } = await secrets.send(
    new CreateSecretCommand({
      Name: 'AmazonMSK_failing',
      SecretString: JSON.stringify({ username: 'u', password: CANARIES.password, other: CANARIES.unused }),
    }),
  )
  await secretFile('ca', JSON.stringify({ certificate: CANARIES.rotated }))
  await secretFile('client', JSON.stringify({ certificate: 'x', privateKey: CANARIES.keyPassword }))
  await secretFile('broken', `{"certificate": "x" "privateKey": "${CANARIES.keyPassword}"}`)
  const haystack = new Haystack(Object.values(CANARIES))
  const env = { ...moto.env, AWS_SECRET_ACCESS_KEY: CANARIES.awsKey }
  const source = { id: 'source', broker: await brokenBroker() }
  const scram = { SaslScram: { Mechanism: 'SHA512', SecretArn: ARN! } }
  const mtls = (name: string) => ({ MTLS: { SecretArn: FILE_ARN(name) } })
  for (const [login, targetLogin] of [
    [scram, mtls('client')],
    [scram, mtls('broken')],
    [mtls('client'), scram],
  ] as const) {
    const target = { id: 'target', broker: await brokenBroker(), ClientAuthentication: targetLogin }
    const options = await writeFiles(folder, { ...source, ClientAuthentication: login }, target, files)
    const command = new Command(home, ['run', '--debug', ...options], env)
    const { exitCode, output } = await command.end()
    expect(exitCode, output).not.toBe(0)
    expect(output).toContain('ERROR')
    haystack.add('output', output)
  }
  expect(haystack.found()).toEqual([])
})

describe.skipIf(!isThorough)('with real clusters', () => {
  let trust: Trust
  let source: LocalKafka
  let target: LocalKafka
  beforeAll(async () => {
    trust = await makeTrust()
    const both = ['source', 'target'].map(name => startSecuredKafka(name, trust))
    ;[source, target] = (await Promise.all(both)) as [LocalKafka, LocalKafka]
  })

  test('a replicator that runs, fails over and is refused leaves no secret behind', async () => {
    const folder = await temporaryFolder()
    const home = await temporaryFolder()
    await setPassword(source, 'replicator', CANARIES.password)
    for (const kafka of [source, target]) {
      for (const principal of ['User:replicator', 'User:CN=replicator']) await allow(kafka, principal, GUIDE_RIGHTS)
    }
    await source.createTopic('orders', 2)
    await source.produce('orders', [{ value: 'one' }, { value: 'two' }])
    await openSinks()

    const client = join(folder, 'client.json')
    const privateKey = encryptKey(trust.client.privateKey, CANARIES.keyPassword)
    const { certificate } = trust.client
    await writeFile(client, JSON.stringify({ certificate, privateKey, privateKeyPassword: CANARIES.keyPassword }))
    const ca = join(folder, 'ca.json')
    await writeFile(ca, JSON.stringify({ certificate: trust.authority.certificate, other: CANARIES.unused }))
    const secretOf = (password: string) => JSON.stringify({ username: 'replicator', password })
    const { ARN } = await secrets.send(
      new CreateSecretCommand({ Name: 'AmazonMSK_canary', SecretString: secretOf(CANARIES.password) }),
    )
    const files = { [FILE_ARN('ca')]: ca, [FILE_ARN('client')]: client }
    const options = await writeFiles(
      folder,
      {
        ...{ id: source.clusterId, broker: source.listener('scramtls') },
        ClientAuthentication: { SaslScram: { Mechanism: 'SHA512', SecretArn: ARN! } },
      },
      {
        ...{ id: target.clusterId, broker: target.listener('mtls') },
        ClientAuthentication: { MTLS: { SecretArn: FILE_ARN('client') } },
      },
      files,
    )
    const keyLines = [privateKey, trust.client.privateKey].flatMap(pem =>
      pem.split('\n').filter(line => line.length >= 40 && !line.startsWith('-')),
    )
    expect(keyLines.length).toBeGreaterThan(3)
    const haystack = new Haystack([...Object.values(CANARIES), ...keyLines])
    const env = { ...moto.env, AWS_SECRET_ACCESS_KEY: CANARIES.awsKey }
    const play = async (...argv: string[]) => {
      const { exitCode, output } = await new Command(home, argv, env).end()
      haystack.add(`output of ${argv[0]}`, output)
      return { exitCode, output }
    }

    const created = await play('create-replicator', ...options)
    expect(created.exitCode, created.output).toBe(0)
    const arn: string = JSON.parse(created.output).ReplicatorArn
    const [port] = await freePorts(1)
    const running = [
      'run',
      '--debug',
      '--replicator-name',
      'canary',
      '--metrics-port',
      String(port),
      '--cloudwatch-metrics',
    ]
    const engine = new Command(home, running, env)
    await engine.untilSaid('caught-up')
    const metrics = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    // The source is asked half a minute after the start; it keeps records for a week, Kafka's default.
    await expect
      .poll(metrics, { timeout: 60_000, interval: 500 })
      .toMatch(/headroom_seconds\{.*topic="orders"\} 604800\n/)
    haystack.add('/metrics', await metrics())
    await play('describe-replicator', '--replicator-arn', arn)
    expect((await play('status', '--replicator-name', 'canary', '--output', 'json')).output).toContain('orders')
    await addProcesses(haystack)

    // Rotated to what the cluster does not take, then the next start is refused.
    await play('failover', '--replicator-name', 'canary', '--yes', '--timeout', '5', '--output', 'jsonl')
    await engine.kill('SIGTERM')
    haystack.add('output of run', engine.output)
    await secrets.send(new UpdateSecretCommand({ SecretId: ARN, SecretString: secretOf(CANARIES.rotated) }))
    const refused = await play(...running, '--resume-copying')
    expect(refused.exitCode, refused.output).not.toBe(0)
    expect(refused.output).toMatch(/password|authenticat|login/i)

    await addLogs(haystack)
    const cloudWatch = new CloudWatchClient(moto.client)
    const sent = await cloudWatch.send(new ListMetricsCommand({ Namespace: 'KafkaReplicator' }))
    haystack.add('CloudWatch', JSON.stringify(sent.Metrics))
    expect(haystack.pieces.get('CloudWatch')).toMatch(
      /MessageLag.*RetentionHeadroomSeconds|RetentionHeadroomSeconds.*MessageLag/,
    )
    await haystack.addFolder(home)
    const id = arn.split('/').at(-1)!.slice(0, 36)
    for (const topic of [stateTopicName(id), '__kafka_replicator_provenance']) {
      for (const { key, value } of await target.read(topic)) haystack.add(topic, `${key} ${value}\n`)
    }
    const searched = [...haystack.pieces].filter(([, text]) => text.length > 0).map(([at]) => at)
    expect(searched).toContain(stateTopicName(id))
    expect(searched).toEqual(
      expect.arrayContaining(['output of run', '/metrics', '/proc/*/cmdline', 'CloudWatch Logs', 'S3']),
    )
    expect(searched.some(at => at.endsWith('journal.jsonl'))).toBe(true)
    expect(haystack.found()).toEqual([])
  }, 240_000)
})
