import { beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { ProgressStore } from '../../src/progress/progress-store.js'
import { StateTopic, stateTopicName } from '../../src/progress/state-topic.js'
import { openClusters } from '../../src/replication/open-clusters.js'
import { optionsFor, type RunningReplicator, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { startTwoClusters, type TwoClusters, valuesOf } from '../support/two-clusters.js'

/** What the operator wants skipped is skipped exactly, recorded with its offsets, and the rest goes on. */

const STOP = { onTruncation: 'stop', onTopicRecreated: 'stop', onPoison: 'stop' } as const
const HOUR_MS = 3_600_000

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

test('truncation is skipped with the exact offsets, once, also after restarts', async () => {
  const topic = 'truncated'
  await clusters.source.client.createTopic(topic, 1)
  await write(topic, 'copied')
  const first = await start(topic, {})
  await first.untilCaughtUp(topic)
  await first.stop()
  await write(topic, 'lost 1', 'lost 2', 'behind it')
  await clusters.source.client.deleteRecords(topic, 0, 3)

  const second = await start(topic, { onTruncation: 'skip' })
  await second.untilCaughtUp(topic)
  expect(second.messages('gap-recorded')).toEqual([
    expect.stringMatching(/2 offsets \(1-2\) will never be on the target/),
  ])
  expect(second.partitions(topic)).toMatchObject([{ state: 'caught-up', gapOffsets: 2 }])
  expect(await valuesOf(clusters.target, topic)).toEqual(['copied', 'behind it'])
  await second.stop()

  const third = await start(topic, {})
  await write(topic, 'later')
  await third.untilCaughtUp(topic)
  expect(third.partitions(topic)).toMatchObject([{ state: 'caught-up', gapOffsets: 2 }])
  expect(await valuesOf(clusters.target, topic)).toEqual(['copied', 'behind it', 'later'])
  await third.stop()
  expect(await gapsOf(topic)).toMatchObject([{ kind: 'truncated', sourceTopic: topic, partition: 0, from: 1, to: 3 }])
})

test('of a batch with records out of the time window, only those are skipped, each recorded', async () => {
  const topic = 'times'
  await clusters.source.client.createTopic(topic, 1, { 'message.timestamp.after.max.ms': `${100 * HOUR_MS}` })
  await clusters.target.client.createTopic(topic, 1)
  const records = Array.from({ length: 20 }, (_, n) => ({
    partition: 0,
    value: `${n}`,
    timestamp: Date.now() + ([7, 8, 15].includes(n) ? 2 * HOUR_MS : 0),
  }))
  await clusters.source.client.produce(topic, records)

  const replicator = await start(topic, { onPoison: 'skip' })
  await replicator.untilCaughtUp(topic)
  const kept = records.map(({ value }) => value).filter(value => !['7', '8', '15'].includes(value))
  expect(await valuesOf(clusters.target, topic)).toEqual(kept)
  await replicator.stop()
  expect((await gapsOf(topic)).map(({ kind, from, to }) => [kind, from, to])).toEqual([
    ['poison', 7, 8],
    ['poison', 8, 9],
    ['poison', 15, 16],
  ])
})

test('a record too large for the target is skipped, recorded, and its neighbours cross', async () => {
  const topic = 'sizes'
  await clusters.source.client.createTopic(topic, 1)
  await clusters.target.client.createTopic(topic, 1, { 'max.message.bytes': '5000' })
  await write(topic, 'before', 'x'.repeat(6_000), 'behind')
  const replicator = await start(topic, { onPoison: 'skip' })
  await replicator.untilCaughtUp(topic)
  expect(await valuesOf(clusters.target, topic)).toEqual(['before', 'behind'])
  expect(replicator.messages('gap-recorded')).toEqual([expect.stringContaining('offset (1-1) will never be on')])
})

test.each(['source', 'target'] as const)(
  'restart: a topic created anew on the %s is copied from its beginning',
  async side => {
    const topic = `restart-${side}`
    await clusters.source.client.createTopic(topic, 1)
    await write(topic, 'old 1', 'old 2')
    const first = await start(topic, {})
    await first.untilCaughtUp(topic)
    await first.stop()
    await clusters[side].client.deleteTopic(topic)
    if (side === 'source') {
      await clusters.source.client.createTopic(topic, 1)
      await write(topic, 'new 1')
    }
    const second = await start(topic, { onTopicRecreated: 'restart' })
    await second.untilEvent('partition-restarted')
    await second.untilCaughtUp(topic)
    expect(await valuesOf(clusters.target, topic)).toEqual(
      side === 'source' ? ['old 1', 'old 2', 'new 1'] : ['old 1', 'old 2'],
    )
    await second.stop()
    // What was begun anew goes on like any other.
    await write(topic, 'new 2')
    const third = await start(topic, {})
    await third.untilCaughtUp(topic)
    expect((await valuesOf(clusters.target, topic)).at(-1)).toBe('new 2')
  },
)

test('ignore: a topic created anew is left alone, which is no failure; stop: it is held, also when only gone', async () => {
  const topic = 'ignored'
  await clusters.source.client.createTopic(topic, 1)
  await write(topic, 'old 1')
  const first = await start(topic, {})
  await first.untilCaughtUp(topic)
  await first.stop()
  await clusters.target.client.deleteTopic(topic)

  const held = await start(topic, {})
  expect(await held.untilHeld(topic)).toContain(`target topic ${topic} was deleted`)
  expect(await held.replicator.ended).toMatchObject({ exitCode: 5 })
  const ignoring = await start(topic, { onTopicRecreated: 'ignore' })
  await ignoring.untilEvent('partition-ignored')
  expect(ignoring.partitions(topic)).toMatchObject([{ state: 'ignored' }])
  await ignoring.stop()
  expect(await ignoring.replicator.ended).toMatchObject({ exitCode: 0 })
})

function start(topic: string, policy: Partial<TestOptions['obstacles']>): Promise<RunningReplicator> {
  const topics = { include: [topic], copyConfigurations: false }
  return startReplicator(clusters, { id: topic, topics, obstacles: { ...STOP, ...policy } })
}

async function write(topic: string, ...values: string[]): Promise<void> {
  for (const value of values) await clusters.source.client.produce(topic, [{ partition: 0, value }])
}

/** As they lie on the target, for whoever looks later. */
async function gapsOf(id: string) {
  const open = await openClusters(optionsFor(clusters, { id, topics: id }), systemClock)
  try {
    const topic = new StateTopic(stateTopicName(id), open.target, systemClock)
    await topic.exists()
    const store = new ProgressStore(topic)
    await store.load()
    return store.gaps
  } finally {
    await open.close()
  }
}
