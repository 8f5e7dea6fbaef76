import { expect, test } from 'vitest'
import { namespaceOf } from '../../src/cli/open-cloudwatch.ts'

test('the namespace: none, ours, or the one that is named', () => {
  const given: (string | true | undefined)[] = [undefined, true, 'Team/Kafka#1']
  expect(given.map(namespaceOf)).toEqual([undefined, 'KafkaReplicator', 'Team/Kafka#1'])
})

test.each(['AWS/Kafka', '', ':x', 'a b', 'x'.repeat(256)])('%j is refused before anything starts', namespace => {
  expect(() => namespaceOf(namespace)).toThrow('--cloudwatch-metrics')
})
