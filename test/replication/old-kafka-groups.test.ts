import { beforeAll, expect, test } from 'vitest'
import { isExact, untilGroupIs, untilGroupsAreExact } from '../support/group-judge.js'
import { offsetOf, oneGroupForEachOffset, untilGroupsAre, untilOffsetIs } from '../support/group-offsets.js'
import { plainTopic, transactionalTopic, writePlain } from '../support/group-topics.js'
import { startReplicator } from '../support/start-replicator.js'
import { firstUnlessThorough } from '../support/thorough.js'
import { type Side, startSide, type TwoClusters } from '../support/two-clusters.js'

/** Consumer groups with Kafka 2.8.1, the oldest that is supported, on either side. */

let oldSide: Side
let newSide: Side

beforeAll(async () => {
  const [first, second] = await Promise.all([
    startSide({ name: 'old', version: '2.8.1' }),
    startSide({ name: 'new', version: '4.2.0' }),
  ])
  oldSide = first
  newSide = second
})

const clustersOf = (direction: string): TwoClusters =>
  direction.startsWith('2.8.1') ? { source: oldSide, target: newSide } : { source: newSide, target: oldSide }

test.each(['2.8.1 → 4.2.0', '4.2.0 → 2.8.1'])(
  '%s: groups begin where they left off, at every offset',
  async direction => {
    const clusters = clustersOf(direction)
    const [plain, transactions, empty] = ['plain', 'transactions', 'empty'].map(
      kind => `${kind}-of-${direction.slice(0, 5)}`,
    )
    const topics = [plain, transactions, empty] as [string, string, string]
    await plainTopic(clusters.source, topics[0], { partitions: 2, count: 10 })
    await transactionalTopic(clusters.source, topics[1], { count: 14, recordsPerTransaction: 3 })
    await clusters.source.client.createTopic(topics[2], 1)
    const prefix = `at-${direction.slice(0, 5)}-`
    const groups = await oneGroupForEachOffset(clusters.source, topics, prefix)

    const options = { id: prefix, topics: `.*-of-${direction.slice(0, 5)}`, groups: `${prefix}.*` }
    const first = await startReplicator(clusters, options)
    await first.untilCaughtUp(...topics)
    await untilGroupsAreExact(clusters, groups, { topics })
    await untilGroupsAre(first, 'synced')
    await first.stop()

    await writePlain(clusters.source, topics[0], { partitions: 2, from: 10, count: 10 })
    const moved = `${prefix}3`
    await clusters.source.client.commitOffset(moved, topics[0], 1, 17)
    await startReplicator(clusters, options)
    const exactAt17 = await untilGroupIs(
      clusters,
      { group: moved, topics },
      judged => isExact(judged) && judged.some(one => one.targetCommitted === 17n),
    )
    expect(exactAt17).toHaveLength(4)
  },
)

test.each(firstUnlessThorough(['2.8.1 → 4.2.0', '4.2.0 → 2.8.1']))('%s: guards', async direction => {
  const clusters = clustersOf(direction)
  const topic = `guarded-${direction.slice(0, 5)}`
  const commit = (offset: number) => clusters.source.client.commitOffset(topic, topic, 0, offset)
  await plainTopic(clusters.source, topic, { count: 20 })
  await commit(3)
  const running = await startReplicator(clusters, { topics: topic, groups: topic })
  await untilOffsetIs(clusters.target, topic, 3)

  await clusters.target.client.startMember({ group: topic, topics: [topic], commit: false })
  await commit(8)
  await running.untilEvent('group-active', topic)
  expect(await offsetOf(clusters.target, topic)).toBe(3n)
  await clusters.target.client.stopMember(topic)
  await untilOffsetIs(clusters.target, topic, 8)

  await commit(2)
  await running.untilEvent('group-reset', topic)
  await untilGroupsAre(running, 'reset-on-source')
  expect(await offsetOf(clusters.target, topic)).toBe(8n)

  await clusters.target.client.consume({ group: topic, topics: [topic] })
  await commit(12)
  await untilGroupsAre(running, 'ahead-on-target')
  expect(await offsetOf(clusters.target, topic)).toBe(20n)
})
