import { expect } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { ProgressStore } from '../../src/progress/progress-store.js'
import { StateTopic, stateTopicName } from '../../src/progress/state-topic.js'
import { ProvenanceRegistry } from '../../src/provenance/provenance-registry.js'
import { type OpenClusters, openClusters } from '../../src/replication/open-clusters.js'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.js'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { initProducerId } from '../../src/wire/messages/init-producer-id.js'
import { PRODUCE, produceRequest, readProduceResponse } from '../../src/wire/messages/produce.js'
import { type ProducerStamp, sealForProduce } from '../../src/wire/record-batch.js'
import { encodeBatch } from '../../src/wire/records.js'

export interface ForgedRecord {
  key: string
  value: string
  timestamp: number
}

/**
 * Does what a broken replicator would do: appends a record to partition 0 of a target topic under the replicator's own
 * producer id, with the number that the broker expects. The replicator must have stopped, so that its notes are true.
 *
 * @param under `another`: an id that is registered for it, but that its notes do not name
 */
export async function forgeRecord(
  options: ReplicatorOptions,
  topic: string,
  record: ForgedRecord,
  under: 'its id' | 'another' = 'its id',
): Promise<void> {
  const clusters = await openClusters(options, systemClock)
  try {
    const { cluster, leaders } = clusters.target
    const stamp =
      under === 'another' ? await registered(clusters, options.id) : await noted(clusters, options.id, topic)
    const bytes = encodeBatch([{ key: Buffer.from(record.key), value: Buffer.from(record.value) }], record.timestamp)
    sealForProduce(bytes, stamp)
    leaders.learn((await cluster.metadata([topic])).topics)
    const { connection } = await cluster.openDataConnection(leaders.of(topic, 0)!.nodeId)
    const answer = await connection.send(PRODUCE, produceRequest([{ topic, partition: 0, bytes }], 10_000))
    connection.close()
    expect(readProduceResponse(new ByteReader(answer)).partitions).toMatchObject([{ errorCode: 0 }])
  } finally {
    await clusters.close()
  }
}

async function noted({ target }: OpenClusters, id: string, topic: string): Promise<ProducerStamp> {
  const state = new StateTopic(stateTopicName(id), target, systemClock)
  await state.exists()
  const store = new ProgressStore(state)
  await store.load()
  const { producerId, producerEpoch } = store.producers[0]!
  return { producerId, producerEpoch, baseSequence: store.partition(topic, 0)?.sequences.get(producerId) ?? 0 }
}

async function registered({ source, target }: OpenClusters, replicatorId: string): Promise<ProducerStamp> {
  const { producerId, producerEpoch } = await target.cluster.callAny(initProducerId, undefined)
  const registry = new ProvenanceRegistry(target, systemClock)
  await registry.open(undefined)
  await registry.claimProducers([{ producerId, entry: { path: [source.cluster.clusterId], replicatorId } }])
  registry.close()
  return { producerId, producerEpoch, baseSequence: 0 }
}
