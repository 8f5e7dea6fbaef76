import { expect, test } from 'vitest'
import { planTopic, replicationFactorFor } from '../../src/policy/topic-plan.js'

const topic = (partitions: number) => ({ partitions, topicId: 'id' })

test.each([
  [3, undefined, { action: 'create', partitions: 3 }],
  [3, 1, { action: 'grow', from: 1, partitions: 3 }],
  [3, 3, { action: 'none' }],
  [3, 5, { action: 'none' }],
])('a source of %i partitions and a target of %s', (source, target, action) => {
  expect(planTopic(topic(source), target === undefined ? undefined : topic(target))).toEqual(action)
})

test.each([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 3],
  [30, 3],
])('%i brokers hold %i replicas', (brokers, replicas) => {
  expect(replicationFactorFor(brokers)).toBe(replicas)
})
