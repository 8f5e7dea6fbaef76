import { expect } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { ProgressStore } from '../../src/progress/progress-store.js'
import { StateTopic, stateTopicName } from '../../src/progress/state-topic.js'
import { openClusters } from '../../src/replication/open-clusters.js'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.js'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { PRODUCE, produceRequest, readProduceResponse } from '../../src/wire/messages/produce.js'
import { sealForProduce } from '../../src/wire/record-batch.js'
import { encodeBatch } from '../../src/wire/records.js'

/**
 * Does what a broken replicator would do: appends a record to partition 0 of a target topic under the replicator's own
 * producer id, with the number that the broker expects. The replicator must have stopped, so that its notes are true.
 */
export async function forgeRecord(
  options: ReplicatorOptions,
  topic: string,
  record: { key: string; value: string; timestamp: number },
): Promise<void> {
  const clusters = await openClusters(options, systemClock)
  try {
    const { cluster, leaders } = clusters.target
    const state = new StateTopic(stateTopicName(options.id), clusters.target, systemClock)
    await state.exists()
    const store = new ProgressStore(state)
    await store.load()
    const { producerId, producerEpoch } = store.producers[0]!
    const baseSequence = store.partition(topic, 0)?.sequences.get(producerId) ?? 0
    const bytes = encodeBatch([{ key: Buffer.from(record.key), value: Buffer.from(record.value) }], record.timestamp)
    sealForProduce(bytes, { producerId, producerEpoch, baseSequence })
    leaders.learn((await cluster.metadata([topic])).topics)
    const { connection } = await cluster.openDataConnection(leaders.of(topic, 0)!.nodeId)
    const answer = await connection.send(PRODUCE, produceRequest([{ topic, partition: 0, bytes }], 10_000))
    connection.close()
    expect(readProduceResponse(new ByteReader(answer)).partitions).toMatchObject([{ errorCode: 0 }])
  } finally {
    await clusters.close()
  }
}
