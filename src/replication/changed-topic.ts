import type { Obstacle } from '../policy/obstacles.js'
import type { PartitionCopy } from '../records/partition-copy.js'
import { NO_TOPIC_ID, type TopicPair } from '../topics/topic-sync.js'

/** What is in the way where a topic is not, on either side, the one that a partition's progress is about. */
export function changedTopic(copy: PartitionCopy, now: TopicPair): Obstacle | undefined {
  const { sourceTopic, targetTopic } = now
  if (copy.sourceTopicId !== now.sourceTopicId) return { kind: 'recreated', side: 'source', topic: sourceTopic }
  if (now.targetTopicId === NO_TOPIC_ID) return { kind: 'gone', side: 'target', topic: targetTopic }
  if (copy.targetTopicId !== now.targetTopicId) return { kind: 'recreated', side: 'target', topic: targetTopic }
  return undefined
}
