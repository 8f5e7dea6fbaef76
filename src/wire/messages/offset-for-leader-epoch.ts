import type { Api } from '../api.js'
import type { EpochEnd } from './fetch.js'

export interface OffsetForLeaderEpochRequest {
  topics: { topic: string; partitions: EpochQuestion[] }[]
}

export interface EpochQuestion {
  partition: number
  /** As for Fetch: a broker that knows of another leader epoch refuses. */
  currentLeaderEpoch: number
  leaderEpoch: number
}

/** Where the largest epoch ends that is not above the one asked for; both -1 where the log knows none. */
export interface AnsweredEpoch extends EpochEnd {
  topic: string
  partition: number
  errorCode: number
}

/** Says that we are a consumer, not a replica. */
const CONSUMER = -1

/*
 * Version 3 (Kafka 2.3 … 4.x) is the newest without tagged fields; 4.0 took away what is below 2 (KIP-896).
 *
 * OffsetForLeaderEpoch Request (Version: 3) => replica_id [topics]
 *   topics => topic [partitions]
 *     partitions => partition current_leader_epoch leader_epoch
 * OffsetForLeaderEpoch Response (Version: 3) => throttle_time_ms [topics]
 *   topics => topic [partitions]
 *     partitions => error_code partition leader_epoch end_offset
 */
export const offsetForLeaderEpoch: Api<OffsetForLeaderEpochRequest, AnsweredEpoch[]> = {
  name: 'OffsetForLeaderEpoch',
  key: 23,
  version: 3,
  flexible: false,
  write: (writer, { topics }) => {
    writer.int32(CONSUMER)
    writer.array(topics, ({ topic, partitions }) => {
      writer.string(topic).array(partitions, ({ partition, currentLeaderEpoch, leaderEpoch }) => {
        writer.int32(partition).int32(currentLeaderEpoch).int32(leaderEpoch)
      })
    })
  },
  read: reader => {
    reader.int32()
    const topics = reader.array(() => {
      const topic = reader.string()
      return reader.array(() => {
        const [errorCode, partition] = [reader.int16(), reader.int32()]
        return { topic, partition, errorCode, epoch: reader.int32(), endOffset: reader.int64() }
      })
    })
    return topics.flat()
  },
}
