import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { onTestFinished } from 'vitest'
import type { Cluster } from '../../src/clusters/cluster.js'
import type { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import type { Api } from '../../src/wire/api.js'
import { findCoordinator } from '../../src/wire/messages/find-coordinator.js'

/** Live members of groups, until the test ends: what makes a broker refuse commits of strangers. */

interface Heartbeat {
  group: string
  memberId: string
  topic: string
}

/*
 * ConsumerGroupHeartbeat Request (Version: 0) => group_id member_id member_epoch instance_id rack_id
 *   rebalance_timeout_ms [subscribed_topic_names] server_assignor [topic_partitions] _tags
 */
const consumerGroupHeartbeat: Api<Heartbeat, { errorCode: number; errorMessage: string | null }> = {
  ...{ name: 'ConsumerGroupHeartbeat', key: 68, version: 0, flexible: true },
  write: (writer, { group, memberId, topic }) => {
    writer.compactString(group).compactString(memberId).int32(0).compactNull().compactNull().int32(60_000)
    writer.compactArray([topic], name => writer.compactString(name))
    writer
      .compactNull()
      .compactArray([], () => {})
      .noTags()
  },
  read: reader => {
    reader.int32()
    return { errorCode: reader.int16(), errorMessage: reader.compactNullableString() }
  },
}

/*
 * ShareGroupHeartbeat Request (Version: 1) => group_id member_id member_epoch rack_id [subscribed_topic_names] _tags
 */
const shareGroupHeartbeat: typeof consumerGroupHeartbeat = {
  ...{ name: 'ShareGroupHeartbeat', key: 76, version: 1, flexible: true },
  write: (writer, { group, memberId, topic }) => {
    writer.compactString(group).compactString(memberId).int32(0).compactNull()
    writer.compactArray([topic], name => writer.compactString(name)).noTags()
  },
  read: consumerGroupHeartbeat.read,
}

/** Joins a group of the new protocol (KIP-848); the broker gives a silent member 45 s. */
export function joinConsumerGroup(cluster: Cluster, group: string, topic: string): Promise<void> {
  return join(consumerGroupHeartbeat, cluster, group, topic)
}

/** Joins a share group (KIP-932). */
export function joinShareGroup(cluster: Cluster, group: string, topic: string): Promise<void> {
  return join(shareGroupHeartbeat, cluster, group, topic)
}

async function join(api: typeof consumerGroupHeartbeat, cluster: Cluster, group: string, topic: string) {
  const { nodeId } = await cluster.callAny(findCoordinator, group)
  const memberId = randomUUID()
  const { errorCode, errorMessage } = await cluster.call(nodeId, api, { group, memberId, topic })
  if (errorCode !== 0) throw new Error(`${api.name} was answered with ${errorCode}: ${errorMessage}`)
}

/** Joins a group of the classic protocol, with a client that is not ours. */
export async function joinClassicGroup(kafka: LocalKafka, groupId: string, topic: string): Promise<void> {
  const consumer = new Kafka({ brokers: [kafka.bootstrapServers], logLevel: logLevel.NOTHING }).consumer({ groupId })
  await consumer.connect()
  onTestFinished(() => consumer.disconnect())
  await consumer.subscribe({ topic })
  const joined = new Promise(resolve => consumer.on(consumer.events.GROUP_JOIN, resolve))
  await consumer.run({ autoCommit: false, eachMessage: async () => {} })
  await joined
}
