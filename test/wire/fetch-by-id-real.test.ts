import { Kafka, logLevel } from 'kafkajs'
import { expect, test } from 'vitest'
import { Cluster } from '../../src/clusters/cluster.js'
import type { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { fetch } from '../../src/wire/messages/fetch.js'
import { type FetchByIdRequest, fetchById } from '../../src/wire/messages/fetch-by-id.js'
import { connectionTo } from '../support/start-replicator.js'
import { startSide } from '../support/two-clusters.js'

const UNKNOWN_TOPIC_ID = 100

test('4.2.0: under the id of a former topic there is nothing, under its name there is the new one', async () => {
  const { kafka } = await startSide({ name: 'ids' })
  const cluster = new Cluster(connectionTo({ kafka }, 'ids'))
  await cluster.connect()
  await kafka.createTopic('again', 1)
  const { topics, brokers } = await cluster.metadata(['again'])
  const topicId = topics[0]?.topicId as string
  await recreate(kafka)

  const { connection } = await cluster.openDataConnection(brokers[0]?.nodeId as number)
  const rows = []
  for (const api of [fetchById, fetch]) {
    const body = new ByteWriter()
    api.write(body, request(topicId))
    const reader = new ByteReader(await connection.send(api, [body.bytes()]))
    if (api.flexible) reader.skipTags()
    const [row] = api.read(reader).partitions
    rows.push({ errorCode: row?.errorCode, hasRecords: (row?.recordsEnd ?? 0) > (row?.recordsStart ?? 0) })
  }
  connection.close()
  await cluster.close()
  expect(rows).toEqual([
    { errorCode: UNKNOWN_TOPIC_ID, hasRecords: false },
    { errorCode: 0, hasRecords: true },
  ])
})

async function recreate(kafka: LocalKafka): Promise<void> {
  const admin = new Kafka({ brokers: [kafka.bootstrapServers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.deleteTopics({ topics: ['again'] })
  await admin.disconnect()
  await kafka.createTopic('again', 1)
  await kafka.produce('again', [{ partition: 0, value: 'new' }])
}

function request(topicId: string): FetchByIdRequest {
  const asked = { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, lastFetchedEpoch: -1, maxBytes: 4096 }
  return {
    ...{ maxWaitMs: 500, minBytes: 1, maxBytes: 4096, isolation: 'read_committed', sessionId: 0, sessionEpoch: -1 },
    topics: [{ topic: 'again', topicId, partitions: [asked] }],
    forgotten: [],
  }
}
