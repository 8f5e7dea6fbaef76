import { beforeEach, describe, expect, test } from 'vitest'
import { type PartitionNote, ProgressStore } from '../../src/progress/progress-store.js'
import { type StateTopic, stateTopicName } from '../../src/progress/state-topic.js'

const NOTE: PartitionNote = {
  ...{ sourceNext: 10, nextSequence: 7, targetEnd: 9 },
  ...{ sourceStart: 3, targetStart: 2, sourceTopicId: 'aa', targetTopicId: 'bb' },
}

let topic: FakeTopic
beforeEach(() => {
  topic = new FakeTopic()
})

test('the state topic of a replicator is an internal one that bears its id', () => {
  expect(stateTopicName('0a1b-2c')).toBe('__kafka_replicator_state_0a1b-2c')
})

test('what one life notes, the next one reads', async () => {
  const before = storeOn(topic)
  await before.saveSession({ producerId: 5, producerEpoch: 0, sourceClusterId: 's', naming: 'identical' })
  await before.saveDiscovered(99)
  await before.saveStatus({ state: 'running', at: 123 })
  await before.savePartitions([{ sourceTopic: 'a/b', partition: 2, note: NOTE }])

  const after = storeOn(topic)
  await after.load()
  expect(after.session).toEqual({ producerId: 5, producerEpoch: 0, sourceClusterId: 's', naming: 'identical' })
  expect(after.status).toEqual({ state: 'running', at: 123 })
  expect(after.hasDiscovered).toBe(true)
  expect(after.partition('a/b', 2)).toEqual(NOTE)
})

test('an empty topic means that there was no life before', async () => {
  const store = storeOn(topic)
  await store.load()
  expect([store.session, store.status, store.partition('a', 0)]).toEqual([undefined, undefined, undefined])
  expect([store.hasDiscovered, store.knowsTopic('a')]).toEqual([false, false])
})

test('the newest note of a partition counts, and partitions are told apart', async () => {
  const store = storeOn(topic)
  await store.savePartitions([0, 1].map(partition => ({ sourceTopic: 'a', partition, note: NOTE })))
  await store.savePartitions([{ sourceTopic: 'a', partition: 1, note: { ...NOTE, sourceNext: 11 } }])
  expect(store.partition('a', 0)?.sourceNext).toBe(10)
  expect(store.partition('a', 1)?.sourceNext).toBe(11)
  expect([store.knowsTopic('a'), store.knowsTopic('b')]).toEqual([true, false])
})

test('what the target did not take is not believed', async () => {
  const store = storeOn(topic)
  topic.refuses = true
  await expect(
    store.saveSession({ producerId: 5, producerEpoch: 0, sourceClusterId: 's', naming: 'identical' }),
  ).rejects.toThrow('refused')
  expect(store.session).toBeUndefined()
})

describe('notes of a newer version', () => {
  test('are refused with the way out, never read as if they were ours', async () => {
    topic.values.set('session', JSON.stringify({ v: 2, producerId: 5, producerEpoch: 0 }))
    const store = storeOn(topic)
    await expect(store.load().then(() => store.session)).rejects.toThrow(/"session" has format 2, .* update the tool/)
  })
})

function storeOn(fake: FakeTopic): ProgressStore {
  return new ProgressStore(fake as unknown as StateTopic)
}

/** Keeps what a compacted topic keeps. */
class FakeTopic {
  readonly values = new Map<string, string>()
  refuses = false

  async readAll(): Promise<Map<string, string>> {
    return new Map(this.values)
  }

  async append(rows: readonly { key: string; value: string }[]): Promise<void> {
    if (this.refuses) throw new Error('refused')
    for (const { key, value } of rows) this.values.set(key, value)
  }
}
