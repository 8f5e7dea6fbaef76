import { expect, test } from 'vitest'
import { dockerRunArguments, environmentOf } from '../../src/local-kafka/docker-broker.js'

const settings = {
  version: '4.2.0',
  name: 'source',
  clusterId: 'AAAAAAAAAAAAAAAAAAAAAQ',
  config: { 'message.max.bytes': '2000000' },
  heapMb: 512,
  quickStart: true,
  onProgress: undefined,
} as const

test('docker run publishes on loopback only and gives the container its whole configuration', () => {
  const args = dockerRunArguments(settings, 'local-kafka-source-x', 45_678)
  expect(args.slice(0, 6)).toEqual(['run', '-d', '--name', 'local-kafka-source-x', '-p', '127.0.0.1:45678:45678'])
  expect(args.at(-1)).toBe('apache/kafka:4.2.0')
  const variables = args.filter((_, index) => args[index - 1] === '-e')
  expect(variables).toEqual(
    expect.arrayContaining([
      'CLUSTER_ID=AAAAAAAAAAAAAAAAAAAAAQ',
      'KAFKA_HEAP_OPTS=-Xmx512m',
      'KAFKA_PROCESS_ROLES=broker,controller',
      'KAFKA_LISTENERS=PLAINTEXT://0.0.0.0:45678,CONTROLLER://127.0.0.1:9093',
      'KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://127.0.0.1:45678',
      'KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR=1',
      'KAFKA_MESSAGE_MAX_BYTES=2000000',
    ]),
  )
})

test('the names of properties as variables', () => {
  expect(environmentOf({ 'a.b_c-d': 'x' })).toEqual({ KAFKA_A_B__C___D: 'x' })
})
