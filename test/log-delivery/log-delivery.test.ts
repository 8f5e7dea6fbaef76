import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { ReplicationEvent } from '../../src/events.ts'
import { LogDelivery } from '../../src/log-delivery/log-delivery.ts'
import { logRecordOf } from '../../src/log-delivery/log-record.ts'
import { CloudWatchMetrics } from '../../src/metrics/cloudwatch-metrics.ts'
import { Moto } from '../support/moto.ts'
import { replicatorSnapshot } from '../support/replicator-snapshot.ts'

const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')

let moto: Moto
beforeAll(async () => {
  moto = await Moto.start()
  for (const [name, value] of Object.entries(moto.env)) vi.stubEnv(name, value)
  vi.stubEnv('AWS_PROFILE', undefined)
}, 600_000)
afterAll(() => {
  vi.unstubAllEnvs()
  moto?.close()
})

const EVENTS: ReplicationEvent[] = [
  { code: 'topic-created', level: 'info', message: 'created topic a', data: { sourceTopic: 'a', partitions: 3 } },
  { code: 'topic-failed', level: 'error', message: 'topic b: TOPIC_AUTHORIZATION_FAILED', data: { sourceTopic: 'b' } },
  { code: 'partition-held', level: 'error', message: 'c-0 is held: MESSAGE_TOO_LARGE', data: { partition: 0 } },
  { code: 'groups-committed', level: 'info', message: 'brought 2 offsets', data: { commits: 2 } },
  { code: 'cluster-unreachable', level: 'warn', message: 'ECONNREFUSED, it tries again — ü', data: {} },
]
const KINDS = ['TOPIC_CREATED', 'TOPIC_AUTHORIZATION', 'RECORD_SIZE', 'OFFSET_COMMITS', 'CONNECTIVITY']

async function open(settings: object, tell: (event: ReplicationEvent) => void = () => {}, env = moto.env) {
  const options = { replicatorName: 'orders-dr', env, region: undefined, clock: systemClock, tell }
  return (await LogDelivery.open({ ReplicatorLogDelivery: settings }, options))!
}

test('each kind of event is a record that its schema takes', async () => {
  const records = EVENTS.map(event => logRecordOf('orders-dr', event, 1_700_000_000_123))
  expect(records.map(({ kind }) => kind)).toEqual(KINDS)
  const schema = await readFile(new URL('../../schemas/output/log-record.schema.json', import.meta.url), 'utf8')
  const isValid = new Ajv2020({ strict: true }).compile(JSON.parse(schema))
  for (const record of [...records, ...JSON.parse(schema).examples])
    expect(isValid(record), isValid.errors?.[0]?.message).toBe(true)
  expect(isValid({ ...records[0], kind: 'OTHER' })).toBe(false)
  expect(records[0]?.timestamp).toBe('2023-11-14T22:13:20.123Z')
})

test('CloudWatch Logs, S3 and Firehose get all records in order, together', async () => {
  const logs = new CloudWatchLogsClient(moto.client)
  const s3 = new S3Client({ ...moto.client, forcePathStyle: true })
  const firehose = new FirehoseClient(moto.client)
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/replicator/orders' }))
  for (const Bucket of ['logs', 'behind-firehose']) await s3.send(new CreateBucketCommand({ Bucket }))
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: 'replicator-logs',
      S3DestinationConfiguration: {
        BucketARN: 'arn:aws:s3:::behind-firehose',
        RoleARN: 'arn:aws:iam::123456789012:role/r',
      },
    }),
  )
  const delivery = await open({
    CloudWatchLogs: { Enabled: true, LogGroup: '/replicator/orders' },
    S3: { Enabled: true, Bucket: 'logs', Prefix: 'team' },
    Firehose: { Enabled: true, DeliveryStream: 'replicator-logs' },
  })
  for (const event of EVENTS) delivery.record(event)
  await delivery.close()
  const all = { delivered: EVENTS.length, dropped: 0, waiting: 0, error: undefined }
  expect(delivery.snapshot()).toEqual(['CloudWatchLogs', 'S3', 'Firehose'].map(sink => ({ sink, ...all })))

  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/replicator/orders' }))
  const messages = EVENTS.map(({ message }) => message)
  expect(events.map(({ message }) => JSON.parse(message ?? '').message)).toEqual(messages)

  const textsIn = async (Bucket: string) => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
    const keys = Contents.map(({ Key }) => Key!)
    const bodies = await Promise.all(
      keys.map(async Key => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
        return Buffer.from(await Body!.transformToByteArray())
      }),
    )
    return { keys, bodies }
  }
  const stored = await textsIn('logs')
  expect(stored.keys).toEqual([
    expect.stringMatching(/^team\/orders-dr\/\d{4}\/\d{2}\/\d{2}\/\d{2}\/\d{6}Z-[\w-]+-1\.json\.gz$/),
  ])
  const linesOf = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map(one => JSON.parse(one).message)
  expect(linesOf(gunzipSync(stored.bodies[0]!).toString())).toEqual(messages)
  const passed = await textsIn('behind-firehose')
  expect(linesOf(passed.bodies.map(String).join(''))).toEqual(messages)
})

test('one sink that is missing is told, drops and counts; the others deliver, and close ends in time', async () => {
  const s3 = new S3Client({ ...moto.client, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: 'alone' }))
  const told: ReplicationEvent[] = []
  const settings = {
    CloudWatchLogs: { Enabled: true, LogGroup: '/not/there' },
    S3: { Enabled: true, Bucket: 'alone' },
    Firehose: { Enabled: false, DeliveryStream: 'off' },
  }
  const delivery = await open(settings, event => told.push(event))
  delivery.record(EVENTS[0]!)
  const before = performance.now()
  await delivery.close()
  expect(performance.now() - before).toBeLessThan(15_000)
  expect(told[0]).toMatchObject({ code: 'log-delivery-failed', level: 'warn', data: { sink: 'CloudWatchLogs' } })
  expect(told[0]?.message).toContain('ResourceNotFoundException')
  const [logs, objects] = delivery.snapshot()
  expect(logs).toMatchObject({ delivered: 0 })
  expect(logs?.dropped).toBeGreaterThan(0)
  expect(objects).toMatchObject({ sink: 'S3', dropped: 0, error: undefined })
})

test('no destination that is enabled, no delivery', async () => {
  expect(await open({ S3: { Enabled: false, Bucket: 'x' } })).toBeUndefined()
})

test('CloudWatch gets the metrics of MSK Replicator in a namespace of its own', async () => {
  const told: string[] = []
  const metrics = new CloudWatchMetrics({
    ...{ namespace: 'KafkaReplicator', env: moto.env, region: undefined, clock: systemClock },
    snapshots: () => [replicatorSnapshot({ replicatorName: 'orders-dr' })],
    tell: message => told.push(message),
  })
  await metrics.close()
  expect(told).toEqual([])
  const client = new CloudWatchClient(moto.client)
  const { Metrics = [] } = await client.send(new ListMetricsCommand({ Namespace: 'KafkaReplicator' }))
  expect(Metrics.map(({ MetricName }) => MetricName)).toContain('MessageLag')
  expect(Metrics.every(({ Dimensions }) => Dimensions?.[0]?.Name === 'ReplicatorName')).toBe(true)
})
