import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { OutsideClient } from '../../src/local-kafka/outside-client.js'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import { cutLog } from '../support/cut-log.js'
import { Gate, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { firstUnlessThorough, isThorough } from '../support/thorough.js'
import { type Side, startSide, type TwoClusters, valuesOf } from '../support/two-clusters.js'

/**
 * A source whose log lost its tail after it was read (unclean leader election) is found, also when it has grown again
 * beyond the place where reading stood; and a leader that moves without a loss is no such thing.
 */

let target: Side
let present: Side
let first: LocalKafka
let second: LocalKafka
let old: Side

beforeAll(async () => {
  ;[target, present] = await Promise.all([startSide({ name: 'target' }), startSide({ name: 'present' })])
  const config = {
    'unclean.leader.election.enable': 'true',
    'replica.lag.time.max.ms': '2000',
    'auto.leader.rebalance.enable': 'false',
  }
  first = await startOld('first', config)
  const properties = await readFile(join(dirname(first.dataDir as string), 'server.properties'), 'utf8')
  const zookeeper = /^zookeeper\.connect=(.*)$/m.exec(properties)?.[1] as string
  second = await startOld('second', { ...config, 'broker.id': '2', 'zookeeper.connect': zookeeper })
  const client = await OutsideClient.start(`${first.bootstrapServers},${second.bootstrapServers}`)
  afterAll(() => client.close())
  old = { kafka: first, client }
}, 240_000)

// One node only: its log file is cut at the end of a batch while it is down, and its indexes removed, which it makes anew.
test.each(firstUnlessThorough(['cut and grown', 'cut']))('4.2.0, by topic ids: %s', { timeout: 180_000 }, async how => {
  const clusters = { source: present, target }
  const { kafka, client } = present
  const topic = how.replaceAll(' ', '-')
  await client.createTopic(topic, 1)
  const gate = new Gate()
  const replicator = await readTo10(clusters, topic, { gate })

  gate.close()
  await kafka.stop()
  await cutLog(kafka, topic, 6)
  await kafka.launch()
  if (how.includes('grown')) await write(present, topic, 'new', 14)
  gate.open()

  await expectHeld(replicator, topic, 6)
})

// Two brokers, and a real unclean election: the second one lacks what was written while it was down.
test.each(firstUnlessThorough(['lost and grown', 'lost']))('2.8.1, by names: %s', { timeout: 240_000 }, async how => {
  const clusters = { source: old, target }
  const topic = how.replaceAll(' ', '-')
  await createOnBoth(topic)
  const gate = new Gate()
  const replicator = await readTo10(clusters, topic, { gate, ...sourceOf(clusters) }, async () => {
    await second.kill()
    await inSync(topic, [1])
  })

  gate.close()
  await first.kill()
  await second.launch()
  await inSync(topic, [2])
  if (how.includes('grown')) await write(old, topic, 'new', 14)
  gate.open()

  await expectHeld(replicator, topic, 6)
  await first.launch()
})

test.skipIf(!isThorough)('2.8.1: a leader that moves without loss is followed', { timeout: 240_000 }, async () => {
  const clusters = { source: old, target }
  const topic = 'moves'
  await createOnBoth(topic)
  const replicator = await startReplicator(clusters, { topics: topic, ...sourceOf(clusters) })
  // Not `untilCaughtUp`: the Java admin client timed out in it while brokers went and came.
  const copied = (count: number) =>
    replicator.until(`${count} are copied`, () => replicator.partitions(topic)[0]?.copied === count)
  await write(old, topic, 'one', 5)
  await copied(5)
  let count = 5
  for (const [leader, other] of [
    [first, 2],
    [second, 1],
  ] as const) {
    await leader.stop()
    await inSync(topic, [other])
    await write(old, topic, 'more', 5)
    count += 5
    await copied(count)
    await leader.launch()
    await inSync(topic, [1, 2])
  }
  expect(replicator.messages('partition-held')).toEqual([])
  expect(await valuesOf(target, topic)).toEqual([...Array(5).fill('one'), ...Array(10).fill('more')])
})

/** Six records, something happens, four more; all are copied. */
async function readTo10(
  clusters: TwoClusters,
  topic: string,
  options: Partial<TestOptions>,
  between: () => Promise<void> = async () => {},
) {
  await write(clusters.source, topic, 'old', 6)
  const replicator = await startReplicator(clusters, { topics: topic, ...options })
  await replicator.untilCaughtUp(topic)
  await between()
  await write(clusters.source, topic, 'old', 4)
  await replicator.until('all ten are copied', () => replicator.partitions(topic)[0]?.copied === 10)
  return replicator
}

async function expectHeld(replicator: Awaited<ReturnType<typeof readTo10>>, topic: string, from: number) {
  const reason = await replicator.untilHeld(topic)
  expect(reason).toMatch(
    new RegExp(`the source lost offsets ${from}-9, which were read in leader epoch \\d+ and copied`),
  )
  expect(await replicator.replicator.ended).toMatchObject({ exitCode: 5 })
  expect(await valuesOf(target, topic)).toEqual(Array.from({ length: 10 }, () => 'old'))
}

/** Each record is a batch of its own, so that a log can be cut between any two. */
async function write({ client }: Side, topic: string, value: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await client.produce(topic, [{ partition: 0, value }])
}

async function startOld(name: string, config: Record<string, string>): Promise<LocalKafka> {
  const kafka = await LocalKafka.start({ name, version: '2.8.1', config })
  afterAll(() => kafka[Symbol.asyncDispose]())
  return kafka
}

function sourceOf({ source }: TwoClusters) {
  const { clusterId } = source.kafka
  const bootstrapBrokers = [first.bootstrapServers, second.bootstrapServers]
  const reached = { alias: 'source', reference: clusterId, expectedClusterId: clusterId, bootstrapBrokers }
  return { source: reached }
}

function admin() {
  const brokers = [first.bootstrapServers, second.bootstrapServers]
  return new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
}

async function createOnBoth(topic: string): Promise<void> {
  const control = admin()
  await control.connect()
  await control.createTopics({ topics: [{ topic, replicaAssignment: [{ partition: 0, replicas: [1, 2] }] }] })
  await control.disconnect()
  await inSync(topic, [1, 2])
}

/** Waits until exactly these brokers are in sync, and one of them leads. */
async function inSync(topic: string, brokers: readonly number[]): Promise<void> {
  const control = admin()
  await control.connect()
  const found = await waitUntil(
    async () => {
      const { topics } = await control.fetchTopicMetadata({ topics: [topic] })
      const partition = topics[0]?.partitions[0]
      const isr = [...(partition?.isr ?? [])].sort()
      return brokers.includes(partition?.leader ?? -1) && isr.join() === brokers.join() ? true : undefined
    },
    { timeoutMs: 60_000, intervalMs: 200 },
  )
  await control.disconnect()
  expect(found, `${topic} in sync on ${brokers.join()}`).toBe(true)
}
