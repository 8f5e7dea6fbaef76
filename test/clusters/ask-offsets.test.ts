import { expect, test } from 'vitest'
import { askOffsets } from '../../src/clusters/ask-offsets.js'
import type { Cluster } from '../../src/clusters/cluster.js'
import type { Leaders } from '../../src/clusters/leaders.js'
import type { ListOffsetsRequest } from '../../src/wire/messages/list-offsets.js'
import { FakeClock } from '../progress/fake-cluster.js'

const QUESTION = { isolation: 'read_committed', timestamp: -1, timeoutMs: 5_000 } as const

test('one request a broker; trouble with one leaves the answers of the others', async () => {
  const asked: { nodeId: number; request: ListOffsetsRequest }[] = []
  const answers: Record<number, () => Promise<object[]>> = {
    1: async () => [
      { topic: 'a', partition: 0, errorCode: 0, offset: 7 },
      { topic: 'b', partition: 0, errorCode: 6, offset: -1 },
    ],
    2: () => Promise.reject(new Error('reset by peer')),
    3: () => new Promise(() => {}),
  }
  const cluster = {
    alias: 'east',
    call: (nodeId: number, _api: object, request: ListOffsetsRequest) => {
      asked.push({ nodeId, request })
      return answers[nodeId]?.()
    },
  } as unknown as Cluster
  const leaderOf: Record<string, number> = { 'a/0': 1, 'b/0': 1, 'b/1': 1, 'a/1': 2, 'a/2': 3 }
  const leaders = {
    of: (topic: string, partition: number) => {
      const nodeId = leaderOf[`${topic}/${partition}`]
      return nodeId === undefined ? undefined : { nodeId, epoch: 0 }
    },
  } as Leaders
  const partitions = [...Object.keys(leaderOf), 'a/3'].map(key => {
    const [topic = '', partition] = key.split('/')
    return { topic, partition: Number(partition) }
  })
  const offsets = await askOffsets({ cluster, leaders }, partitions, QUESTION, new FakeClock())
  expect(partitions.map(offsets)).toEqual([
    { offset: 7 },
    { problem: expect.stringContaining('NOT_LEADER_OR_FOLLOWER') },
    { problem: 'its broker left it out of the answer' },
    { problem: 'reset by peer' },
    { problem: 'broker 3 of east did not answer within 5 s' },
    { problem: 'it has no leader' },
  ])
  expect(asked.map(({ nodeId }) => nodeId)).toEqual([1, 2, 3])
  expect(asked[0]?.request.topics).toEqual([
    { topic: 'a', partitions: [{ partition: 0, timestamp: -1 }] },
    {
      topic: 'b',
      partitions: [
        { partition: 0, timestamp: -1 },
        { partition: 1, timestamp: -1 },
      ],
    },
  ])
})
