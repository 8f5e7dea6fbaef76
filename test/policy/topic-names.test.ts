import { expect, test } from 'vitest'
import { targetTopicName, topicNameFault } from '../../src/policy/topic-names.js'

test('a name stays, or gets the alias of its source in front', () => {
  expect(targetTopicName('orders.eu', 'identical', 'west')).toBe('orders.eu')
  expect(targetTopicName('orders.eu', 'prefixed', 'west')).toBe('west.orders.eu')
})

test.each(['a', 'Orders_2-eu.v1', 'x'.repeat(249)])('%s can be a topic', name => {
  expect(topicNameFault(name)).toBeUndefined()
})

test.each([
  ['x'.repeat(250), /250 characters long, Kafka allows 249/],
  ['', /characters other than/],
  ['bad name', /characters other than/],
  ['größe', /characters other than/],
  ['.', /./],
  ['..', /./],
])('"%s" cannot be a topic', (name, fault) => {
  expect(topicNameFault(name)).toMatch(fault)
})
