import { beforeEach, expect, test } from 'vitest'
import type { Clock } from '../../src/clock.js'
import type { Cluster } from '../../src/clusters/cluster.js'
import { Leaders } from '../../src/clusters/leaders.js'
import type { TopicMetadata } from '../../src/wire/messages/metadata.js'

const OLD = '1'.repeat(32)
const NEW = '2'.repeat(32)

let asked: (readonly string[])[]
let answers: Map<string, TopicMetadata>
let answer: () => Promise<void>
let leaders: Leaders

beforeEach(() => {
  asked = []
  answers = new Map()
  answer = async () => {}
  const metadata = async (names: string[]) => {
    asked.push(names)
    await answer()
    return { topics: names.flatMap(name => answers.get(name) ?? []) }
  }
  const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} }
  leaders = new Leaders({ metadata } as unknown as Cluster, clock)
})

test('a partition is found by its number, in whatever order and with whatever gaps a broker names them', () => {
  leaders.learn([topic('a', OLD, [2, 0, 1]), topic('b', OLD, [3, 1])])
  expect([0, 1, 2, 3].map(partition => leaders.of('a', partition)?.nodeId)).toEqual([100, 101, 102, undefined])
  expect([0, 1, 2, 3].map(partition => leaders.of('b', partition)?.nodeId)).toEqual([undefined, 101, undefined, 103])
})

test('only the topics in question are asked for, or all', async () => {
  for (const name of ['a', 'b', 'c']) know(topic(name, OLD))
  await leaders.refresh(['b'])
  await leaders.refresh()
  expect(asked).toEqual([['b'], ['a', 'b', 'c']])
})

test('calls at the same time share one question, and one that comes while it is under way gets a newer answer', async () => {
  let release: () => void = () => {}
  answer = () =>
    new Promise(resolve => {
      release = resolve
    })
  const both = Promise.all([leaders.refresh(['a']), leaders.refresh(['b'])])
  await settled()
  const later = leaders.refresh(['a'])
  await settled()
  expect(asked).toEqual([['a', 'b']])
  release()
  await both
  await settled()
  expect(asked).toEqual([['a', 'b'], ['a']])
  release()
  await later
})

test('a question that fails is told to those who asked, and the next one is asked all the same', async () => {
  answer = () => Promise.reject(new Error('no broker answers'))
  await expect(leaders.refresh(['a'])).rejects.toThrow('no broker answers')
  answer = async () => {}
  answers.set('a', topic('a', OLD))
  await leaders.refresh(['a'])
  expect(leaders.topic('a')?.topicId).toBe(OLD)
})

test.each([
  ['the broker says so', { errorCode: 3, name: 'a', topicId: '0'.repeat(32), isInternal: false, partitions: [] }],
  ['it is not in the answer', undefined],
])('a topic that vanished leaves nothing behind: %s', async (_how, row) => {
  know(topic('a', OLD))
  answers.delete('a')
  if (row) answers.set('a', row)
  await leaders.refresh(['a'])
  expect([leaders.topic('a'), leaders.of('a', 0), leaders.isGone('a')]).toEqual([
    undefined,
    undefined,
    row !== undefined,
  ])
})

test('a broker that lags behind does not bring a former topic back', () => {
  leaders.learn([topic('a', OLD)])
  leaders.learn([topic('a', NEW)])
  leaders.learn([topic('a', OLD)])
  expect(leaders.topic('a')?.topicId).toBe(NEW)
})

function know(row: TopicMetadata): void {
  answers.set(row.name, row)
  leaders.learn([row])
}

function topic(name: string, topicId: string, numbers: number[] = [0]): TopicMetadata {
  const partitions = numbers.map(partition => ({ errorCode: 0, partition, leader: 100 + partition, leaderEpoch: 5 }))
  return { errorCode: 0, name, topicId, isInternal: false, partitions }
}

/** Everything that can go on without an answer has gone on. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
