import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import type { OutsideClient } from '../../src/local-kafka/outside-client.js'
import type { Compression, OutsideRecord } from '../../src/local-kafka/outside-client-types.js'
import { STOP_ALWAYS } from '../../src/policy/obstacle-policy.js'
import type { PartitionNote } from '../../src/progress/notes.js'
import { ProgressStore } from '../../src/progress/progress-store.js'
import { StateTopic, stateTopicName } from '../../src/progress/state-topic.js'
import { ProvenanceRegistry } from '../../src/provenance/provenance-registry.js'
import { openClusters } from '../../src/replication/open-clusters.js'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.js'
import { ConnectionPool } from '../../src/verification/connection-pool.js'
import { fetchLog } from '../../src/verification/fetch-log.js'
import { stableEnd } from '../../src/verification/log-offsets.js'
import { type VerifyRequest, verifyReplicator } from '../../src/verification/verify-replicator.js'
import { runInProcess } from '../cli/fake-shell.js'
import { startOutsideClient } from '../support/outside-client.js'
import { temporaryFolder } from '../support/temporary-folder.js'

/* Two clusters; the copy is made by Kafka's own Java client, and the notes that a replicator would leave by hand. */
/** Of today: retention would remove older ones half a minute after the broker's start. */
const START = systemClock.now() - 3_600_000
const REQUEST: VerifyRequest = { topics: [], upToCopied: false, strictTarget: false, differencesPerPartition: 5 }

let source: LocalKafka
let target: LocalKafka
let sourceClient: OutsideClient
let targetClient: OutsideClient

beforeAll(async () => {
  ;[source, target] = await Promise.all([LocalKafka.start({ name: 'source' }), LocalKafka.start({ name: 'target' })])
  afterAll(() => Promise.all([source[Symbol.asyncDispose](), target[Symbol.asyncDispose]()]))
  sourceClient = await startOutsideClient(source.bootstrapServers)
  targetClient = await startOutsideClient(target.bootstrapServers)
})

function optionsFor(include: string, naming: 'identical' | 'prefixed' = 'identical'): ReplicatorOptions {
  return {
    name: 'proof',
    id: `test-${include.replace(/\W/g, '')}`,
    source: connection(source, 'east'),
    target: connection(target, 'west'),
    topics: {
      include: [include],
      exclude: [],
      naming,
      startAt: 'earliest',
      copyConfigurations: true,
      copyAccessControlLists: false,
      detectNew: true,
    },
    groups: { include: [], exclude: [], synchronise: false, detectNew: false, mode: 'legacy', followResets: false },
    compression: 'PRESERVE',
    ...{ obstacles: STOP_ALWAYS, repairProvenance: false, startOver: false, resumeCopying: false },
  }
}

function connection(kafka: LocalKafka, alias: string): ReplicatorOptions['source'] {
  const bootstrapBrokers = [kafka.bootstrapServers]
  return {
    alias,
    reference: alias,
    expectedClusterId: kafka.clusterId,
    bootstrapBrokers,
  }
}

function recordsFor(partitions: number, count: number): OutsideRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    partition: n % partitions,
    key: `k${n}`,
    value: `value ${n}`,
    timestamp: START + n,
  }))
}

/** Writes the notes of a replicator that copied everything that its target topics hold now. */
async function leaveNotes(options: ReplicatorOptions, topics: [source: string, target: string][]): Promise<void> {
  const clusters = await openClusters(options, systemClock)
  try {
    const topic = new StateTopic(stateTopicName(options.id), clusters.target, systemClock)
    await topic.ensure(clusters.target.admin)
    const store = new ProgressStore(topic)
    const registry = new ProvenanceRegistry(clusters.target, systemClock)
    await registry.open(undefined)
    await registry.ensure()
    const from = { ...clusters.source, connections: new ConnectionPool(clusters.source.cluster) }
    const to = { ...clusters.target, connections: new ConnectionPool(clusters.target.cluster) }
    for (const [sourceTopic, targetTopic] of topics) {
      const [sourceMetadata] = (await clusters.source.cluster.metadata([sourceTopic])).topics
      const [targetMetadata] = (await clusters.target.cluster.metadata([targetTopic])).topics
      clusters.source.leaders.learn([sourceMetadata!])
      clusters.target.leaders.learn([targetMetadata!])
      const rows = []
      for (const { partition } of sourceMetadata!.partitions) {
        const note: PartitionNote = {
          sourceNext: await stableEnd(from, sourceTopic, partition, systemClock),
          ...{ sequences: new Map(), sourceEpoch: -1, openSegment: { number: 0, bytes: Buffer.alloc(0) } },
          targetEnd: await stableEnd(to, targetTopic, partition, systemClock),
          sourceStart: 0,
          targetStart: 0,
          sourceTopicId: sourceMetadata!.topicId,
          targetTopicId: targetMetadata!.topicId,
        }
        rows.push({ sourceTopic, partition, note })
      }
      await store.savePartitions(rows)
      const range = { topic: targetTopic, partition: 0, from: 0, to: rows[0]!.note.targetEnd }
      for await (const { batches } of fetchLog(to, range, systemClock)) {
        const producerId = batches[0]!.producerId
        const path = [`${producerId}`] // each topic's copy has another producer
        await registry.claimProducers([{ producerId, entry: { path, replicatorId: options.id } }])
        await store.saveProducer({ producerId, producerEpoch: 0, path })
      }
    }
    store.close()
    registry.close()
    from.connections.close()
    to.connections.close()
  } finally {
    await clusters.close()
  }
}

async function makeCopy(
  sourceTopic: string,
  targetTopic: string,
  change: (records: OutsideRecord[]) => OutsideRecord[] = records => records,
  compression: Compression = 'none',
): Promise<void> {
  const records = recordsFor(4, 1_000)
  await sourceClient.createTopic(sourceTopic, 4)
  await targetClient.createTopic(targetTopic, 4)
  await sourceClient.produce(sourceTopic, records, { compression })
  await targetClient.produce(targetTopic, change(records), { compression })
}

test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('%s: a whole copy is equal', async codec => {
  await makeCopy(`whole-${codec}`, `whole-${codec}`, undefined, codec)
  const options = optionsFor(`whole-${codec}`)
  await leaveNotes(options, [[`whole-${codec}`, `whole-${codec}`]])
  const result = await verifyReplicator(options, REQUEST)
  expect(result).toMatchObject({ verdict: 'equal', recordsEqual: 1_000 })
  expect(result.topics).toMatchObject([{ sourceTopic: `whole-${codec}`, verdict: 'equal' }])
  expect(result.topics[0]!.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3])
})

test('prefixed names; copies of the target are left out; one bad topic does not hide in many good ones', async () => {
  await makeCopy('many-a', 'east.many-a')
  await makeCopy('many-b', 'east.many-b', records => records.toSpliced(501, 1))
  await sourceClient.createTopic('west.many-c', 1)
  const options = optionsFor('(west\\.)?many-.*', 'prefixed')
  await leaveNotes(options, [
    ['many-a', 'east.many-a'],
    ['many-b', 'east.many-b'],
  ])
  const result = await verifyReplicator(options, REQUEST)
  expect(result.verdict).toBe('different')
  expect(result.topics.map(({ targetTopic, verdict }) => [targetTopic, verdict])).toEqual([
    ['east.many-a', 'equal'],
    ['east.many-b', 'different'],
  ])
  expect((await verifyReplicator(options, { ...REQUEST, topics: ['many-a'] })).verdict).toBe('equal')
  expect((await verifyReplicator(options, { ...REQUEST, topics: ['other'] })).verdict).not.toBe('equal')
})

test('what is missing as a whole', async () => {
  const never = optionsFor('never')
  await sourceClient.createTopic('never', 2)
  const absent = await verifyReplicator(never, REQUEST)
  expect(absent).toMatchObject({ verdict: 'different', topics: [{ problem: 'the target has no such topic' }] })
  await targetClient.createTopic('never', 1)
  const narrow = await verifyReplicator(never, REQUEST)
  expect(narrow.topics[0]!.partitions).toMatchObject([
    { problem: 'copying of this partition has not begun', verdict: 'behind' },
    { problem: 'the target topic has only 1 partitions', verdict: 'different' },
  ])
})

test('a topic that was created anew is not the one that was copied', async () => {
  await makeCopy('anew', 'anew')
  const options = optionsFor('anew')
  await leaveNotes(options, [['anew', 'anew']])
  await targetClient.deleteTopic('anew')
  await targetClient.createTopic('anew', 4)
  const result = await verifyReplicator(options, REQUEST)
  expect(result).toMatchObject({ verdict: 'different', topics: [{ problem: /target topic was deleted/ as unknown }] })
})

test('a restart of a broker while its log is read is waited for', async () => {
  await sourceClient.createTopic('restarted', 1)
  await targetClient.createTopic('restarted', 1)
  const load = {
    topic: 'restarted',
    partitions: 1,
    records: 50_000,
    recordSize: 1_000,
    batchSize: 100_000,
    lingerMs: 5,
  }
  await sourceClient.load(load)
  const options = optionsFor('restarted')
  await leaveNotes(options, [['restarted', 'restarted']])
  let restart: Promise<void> | undefined
  const onProgress = () => {
    restart ??= source.restart()
  }
  const result = await verifyReplicator(options, { ...REQUEST, onProgress })
  await restart
  expect(restart).toBeDefined()
  expect(result.topics[0]!.partitions[0]).toMatchObject({ verdict: 'different', problem: undefined })
  expect(result.topics[0]!.partitions[0]!.comparison!.counts['lost-write']).toBe(50_000)
}, 120_000)

describe('the command', () => {
  async function verifyCommand(topic: string, ...more: string[]) {
    const clusters = [source, target].map(({ clusterId, bootstrapServers }) => ({
      ApacheKafkaCluster: { ApacheKafkaClusterId: clusterId, BootstrapBrokerString: bootstrapServers },
    }))
    const flow = {
      SourceKafkaClusterId: source.clusterId,
      TargetKafkaClusterId: target.clusterId,
      TargetCompressionType: 'NONE',
      TopicReplication: {
        TopicsToReplicate: [topic],
        TopicNameConfiguration: { Type: 'IDENTICAL' },
        StartingPosition: { Type: 'EARLIEST' },
      },
      ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['.*'] },
    }
    const files = ['--kafka-clusters', JSON.stringify(clusters), '--replication-info-list', JSON.stringify([flow])]
    const role = ['--service-execution-role-arn', 'arn:aws:iam::123456789012:role/r']
    const home = await temporaryFolder()
    return await runInProcess(['verify', '--replicator-name', 'cli', ...files, ...role, ...more], { home })
  }

  test('says what is wrong, and exits with 1; as JSON too', async () => {
    await sourceClient.createTopic('command', 1)
    await sourceClient.produce('command', recordsFor(1, 10))
    const text = await verifyCommand('command')
    expect(text).toMatchObject({ exitCode: 1, stderr: '' })
    expect(text.stdout).toMatch(
      /^TOPIC +PARTITIONS +SOURCE +TARGET +BYTES +RESULT\ncommand +0 +\? +\? +\? +DIFFERENT\n/,
    )
    expect(text.stdout).toMatch(/\ncommand: the target has no such topic\n\nnot equal: 1 topic not as it should be; /)
    const json = await verifyCommand('command', '--output', 'json')
    expect(json.exitCode).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({ verdict: 'different', topics: [{ sourceTopic: 'command' }] })
  })

  test('refuses a name that is not registered, and nonsense', async () => {
    const home = await temporaryFolder()
    expect(await runInProcess(['verify', '--replicator-name', 'nobody'], { home })).toMatchObject({ exitCode: 252 })
    expect(await runInProcess(['verify'], { home })).toMatchObject({ exitCode: 252 })
    expect(await verifyCommand('x', '--differences', 'many')).toMatchObject({ exitCode: 252 })
  })
})
