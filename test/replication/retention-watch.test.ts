import { expect, test } from 'vitest'
import type { Cluster } from '../../src/clusters/cluster.ts'
import { RetentionWatch } from '../../src/replication/retention-watch.ts'
import type { PartitionSnapshot } from '../../src/replication/snapshot.ts'
import { partitionSnapshot } from '../support/replicator-snapshot.ts'

const HOUR = 3_600_000

/** A source whose topics keep their records for an hour; `refused` ones say nothing. */
function setUp(refused: string[] = []) {
  const time = { now: 10 * HOUR }
  const watch = new RetentionWatch({ now: () => time.now, monotonic: () => time.now, sleep: async () => {} })
  const values = new Map([
    ['cleanup.policy', 'delete'],
    ['retention.ms', String(HOUR)],
    ['retention.bytes', '-1'],
  ])
  const callAny = async (_: unknown, { topics }: { topics: string[] }) =>
    topics.map(topic => ({ topic, errorCode: 0, values: refused.includes(topic) ? new Map() : values }))
  const source = { callAny } as unknown as Cluster
  const topics = (...partitions: PartitionSnapshot[]) => [{ sourceTopic: 'a', targetTopic: 'a', partitions }]
  const headroom = (...partitions: PartitionSnapshot[]) =>
    watch.with(topics(...partitions))[0]?.retentionHeadroomSeconds
  return { time, headroom, look: (...partitions: PartitionSnapshot[]) => watch.look(source, topics(...partitions)) }
}

const copiedAt = (newest: number) => ({ lastCopied: { first: newest, newest, at: newest } })

test('unknown until the source was asked, and where it does not say', async () => {
  const { headroom } = setUp()
  expect(headroom(partitionSnapshot({ lag: 0 }))).toBeNull()
  const refusing = setUp(['a'])
  await refusing.look(partitionSnapshot({ lag: 0 }))
  expect(refusing.headroom(partitionSnapshot({ lag: 0 }))).toBeNull()
})

test('what waits is as old as the last record that was copied, at most', async () => {
  const { headroom, look, time } = setUp()
  const behind = partitionSnapshot({ lag: 3, ...copiedAt(time.now - HOUR / 2) })
  await look(behind)
  expect(headroom(behind)).toBe(1_800)
  time.now += HOUR / 4
  expect(headroom(behind)).toBe(900)
})

test('what comes to a quiet topic after all was copied is new, however old the last record is', async () => {
  const { headroom, look, time } = setUp()
  const quiet = copiedAt(time.now - 5 * HOUR)
  await look(partitionSnapshot({ lag: 0, ...quiet }))
  time.now += 60_000
  expect(headroom(partitionSnapshot({ lag: 1, ...quiet }))).toBe(3_540)
})

test('a topic has the least of its partitions, and none when one is not known', async () => {
  const { headroom, look, time } = setUp()
  const near = partitionSnapshot({ lag: 0 })
  const far = partitionSnapshot({ partition: 1, ...copiedAt(time.now - HOUR / 2) })
  await look(near, far)
  expect(headroom(near, far)).toBe(1_800)
  expect(headroom(near, { ...far, lag: null })).toBeNull()
})
