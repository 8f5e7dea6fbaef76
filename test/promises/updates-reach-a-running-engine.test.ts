import { beforeAll, expect, test } from 'vitest'
import { realEngine } from '../../src/cli/real-engine.js'
import { runInProcess, startInProcess } from '../cli/fake-shell.js'
import { startReplicator } from '../support/start-replicator.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { thoroughTest } from '../support/thorough.js'
import { contentOf, startTwoClusters, type TwoClusters, uncommittedCounts, valuesOf } from '../support/two-clusters.js'

/** Another selection holds without a restart, and what is deleted drains: no record is lost or doubled by either. */

const PATIENCE = { timeout: 45_000, interval: 100 }

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters()
})

test('update-replication-info and delete-replicator, as typed beside a run', async () => {
  const { arn, command, update, run, state } = await running('TopicsToReplicate=kept,left')
  await untilOnTarget({ kept: ['1'], left: ['1'] })
  expect(await state()).toBe('RUNNING')
  const listed = await command('list-replicators', '--query', 'Replicators[].[ReplicatorName,ReplicatorState]')
  expect(JSON.parse(listed.stdout)).toEqual([['r', 'RUNNING']])

  await update('TopicsToReplicate=kept,added', 'ConsumerGroupsToReplicate=readers')
  // It was there before, so it is no new topic, whatever DetectAndCopyNewTopics says.
  await untilOnTarget({ added: ['1'] })
  await expect.poll(state, PATIENCE).toBe('RUNNING')
  await write('left', '2')
  await write('kept', '2')
  await clusters.source.client.commitOffset('readers', 'kept', 0, 1)
  await untilOnTarget({ kept: ['1', '2'] })
  await expect.poll(() => offsetsOf('readers'), PATIENCE).toEqual([1])
  expect(await valuesOf(clusters.target, 'left')).toEqual(['1'])

  await update('TopicsToReplicate=kept,left,added')
  await untilOnTarget({ kept: ['1', '2'], left: ['1', '2'], added: ['1'] })

  await write('kept', '3')
  await untilOnTarget({ kept: ['1', '2', '3'] })
  expect(JSON.parse((await command('delete-replicator', '--replicator-arn', arn)).stdout).ReplicatorState).toBe(
    'DELETING',
  )
  expect(await run.done).toMatchObject({ exitCode: 0, stderr: '' })
  expect((await command('list-replicators', '--output', 'text')).stdout).toBe('')
})

thoroughTest(
  'topics that are left and selected again, time and again under load, miss and double nothing',
  async () => {
    const { source, target } = clusters
    for (const topic of ['always', 'sometimes']) await source.client.createTopic(topic, 3)
    const { replicator } = await startReplicator(clusters, { topics: 'always|sometimes' })
    const { topics, groups } = replicator.options
    const load = Promise.all(
      ['always', 'sometimes'].map(topic =>
        source.client.load({ topic, partitions: 3, records: 30_000, recordSize: 100, ratePerSecond: 6_000 }),
      ),
    )
    let isOver = false
    void load.finally(() => {
      isOver = true
    })
    let updates = 0
    for (; !isOver; updates++) {
      await replicator.update({ topics: { ...topics, include: updates % 2 === 0 ? ['always'] : ['.*s'] }, groups })
    }
    await load
    await replicator.update({ topics, groups })
    expect(updates).toBeGreaterThan(4)
    for (const topic of ['always', 'sometimes']) {
      await expect.poll(() => contentOf(target, topic), PATIENCE).toEqual(await contentOf(source, topic))
      expect(await uncommittedCounts(clusters.target, topic)).toEqual(await uncommittedCounts(clusters.source, topic))
    }
  },
)

thoroughTest(
  'a selection that was changed while nothing ran brings topics that were there, not those that came later',
  async () => {
    const { source } = clusters
    const id = 'changed-at-rest'
    const select = (...include: string[]) => startReplicator(clusters, { id, topics: { include, detectNew: false } })
    for (const topic of ['first', 'second']) await fill(topic)
    const before = await select('first', 'later')
    await before.untilCaughtUp('first')
    await before.stop()
    await fill('later')

    const after = await select('first', 'later', 'second')
    await after.untilCaughtUp('second')
    expect(after.partitions('later')).toEqual([])
    await source.client.deleteTopic('later')
  },
)

/** A replicator that is registered and runs, and the commands that somebody types beside it. */
async function running(selection: string) {
  for (const topic of ['kept', 'left', 'added']) await fill(topic)
  const home = await temporaryFolder()
  const command = (...args: string[]) => runInProcess(args, { home, engine: realEngine })
  const files = { KafkaClusters: [entry('source'), entry('target')] }
  const names = 'TopicNameConfiguration={Type=IDENTICAL},StartingPosition={Type=EARLIEST}'
  const flow = 'SourceKafkaClusterId=SOURCE,TargetKafkaClusterId=TARGET,TargetCompressionType=NONE'
  const created = await command(
    ...[
      'create-replicator',
      '--replicator-name',
      'r',
      '--service-execution-role-arn',
      'arn:aws:iam::123456789012:role/r',
    ],
    ...['--cli-input-json', JSON.stringify(files), '--replication-info-list'],
    `${flow},TopicReplication={TopicsToReplicate=[${selection.split('=')[1]}],${names}},ConsumerGroupReplication={ConsumerGroupsToReplicate=[]}`
      .replace('SOURCE', clusters.source.kafka.clusterId)
      .replace('TARGET', clusters.target.kafka.clusterId),
  )
  expect(created).toMatchObject({ exitCode: 0, stderr: '' })
  const arn: string = JSON.parse(created.stdout).ReplicatorArn
  const described = async () => JSON.parse((await command('describe-replicator', '--replicator-arn', arn)).stdout)
  const update = async (topics: string, groups?: string) => {
    const { CurrentVersion } = await described()
    const said = await command(
      ...['update-replication-info', '--replicator-arn', arn, '--current-version', CurrentVersion],
      ...['--source-kafka-cluster-id', clusters.source.kafka.clusterId],
      ...['--target-kafka-cluster-id', clusters.target.kafka.clusterId],
      '--topic-replication',
      `${topics},TopicsToExclude=[],CopyTopicConfigurations=true,DetectAndCopyNewTopics=false,CopyAccessControlListsForTopics=true`,
      ...(groups === undefined
        ? []
        : [
            '--consumer-group-replication',
            `${groups},ConsumerGroupsToExclude=[],SynchroniseConsumerGroupOffsets=true,DetectAndCopyNewConsumerGroups=true`,
          ]),
    )
    expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  }
  const run = startInProcess(['run', '--replicator-name', 'r'], { home, engine: realEngine })
  const state = async () => (await described()).ReplicatorState
  return { arn, command, update, run, state }
}

function entry(side: 'source' | 'target') {
  const { clusterId, bootstrapServers } = clusters[side].kafka
  return { ApacheKafkaCluster: { ApacheKafkaClusterId: clusterId, BootstrapBrokerString: bootstrapServers } }
}

async function fill(topic: string): Promise<void> {
  await clusters.source.client.createTopic(topic, 1)
  await write(topic, '1')
}

async function write(topic: string, value: string): Promise<void> {
  await clusters.source.client.produce(topic, [{ partition: 0, value }])
}

async function untilOnTarget(expected: Record<string, string[]>): Promise<void> {
  for (const [topic, values] of Object.entries(expected)) {
    await expect.poll(() => valuesOf(clusters.target, topic).catch(() => []), PATIENCE).toEqual(values)
  }
}

async function offsetsOf(group: string): Promise<number[]> {
  return (await clusters.target.client.groupOffsets(group)).map(({ offset }) => Number(offset))
}
