import { isCopiedConfig } from '../policy/config-plan.js'
import { topicNameFault } from '../policy/topic-names.js'
import { configureCommand, growCommand } from './commands.js'
import type { ClusterFacts, TopicFacts } from './facts.js'
import { counted, type Finding, findingsOf, listed } from './finding.js'

/** Settings of topics that the checks need, of both sides. */
export const TOPIC_KEYS = [
  'cleanup.policy',
  'max.message.bytes',
  'message.timestamp.type',
  'message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms',
  'message.timestamp.difference.max.ms',
  'retention.ms',
  'retention.bytes',
]

/** Do the topics of both sides fit each other? `copied` says whether configurations are copied. */
export function checkTopics(
  topics: readonly TopicFacts[],
  clusters: { source: ClusterFacts; target: ClusterFacts },
  copied: boolean,
): Finding[] {
  const say = findingsOf('topics', 'both')
  if (topics.length === 0) {
    const fix = `kafka-topics.sh --bootstrap-server ${clusters.source.bootstrap} --list   # against TopicsToReplicate`
    return [say.warning('no topic is selected', 'an engine would wait for one', fix)]
  }
  const hidden = topics.filter(({ targetPartitions }) => targetPartitions === undefined)
  const unknown = hidden.length === 0 ? [] : [unseen(hidden)]
  const troubles = topics.flatMap(topic => [
    ...checkName(topic),
    ...checkPartitions(topic, clusters),
    ...(topic.target === undefined ? [] : checkSettings(topic, clusters.target, copied)),
  ])
  const findings = [...unknown, ...troubles]
  const missing = topics.filter(({ targetPartitions }) => targetPartitions === null).length
  const created = missing === 0 ? '' : `; ${counted(missing, 'topic')} will be created on the target`
  const count = counted(topics.length, 'topic')
  return [
    say.ok(`${count} selected, ${findings.length === 0 ? 'nothing against them' : 'looked at'}${created}`),
    ...findings,
  ]
}

function unseen(topics: readonly TopicFacts[]): Finding {
  const names = listed(topics.map(({ targetTopic }) => targetTopic))
  const why = 'there may be fewer partitions, or settings that do not fit'
  const what = `${counted(topics.length, 'topic')} on the target: ${names}`
  return findingsOf('topics', 'target').unknown(what, why, 'See the brokers and rights above.')
}

function checkName({ sourceTopic, targetTopic }: TopicFacts): Finding[] {
  const fault = topicNameFault(targetTopic)
  if (fault === undefined) return []
  const say = findingsOf('topics', 'target')
  const fix = 'Use TopicNameConfiguration IDENTICAL, a shorter alias in connections.json, or exclude the topic.'
  return [say.error(`the name of ${sourceTopic} on the target ${fault}`, 'the topic is not copied', fix)]
}

function checkPartitions(
  { sourcePartitions, sourceTopic, targetPartitions, targetTopic }: TopicFacts,
  { source, target }: { source: ClusterFacts; target: ClusterFacts },
): Finding[] {
  const say = findingsOf('topics', 'target')
  if (targetPartitions == null || targetPartitions === sourcePartitions) return []
  const what = `${targetTopic} has ${counted(targetPartitions, 'partition')} on the target, its source ${sourcePartitions}`
  if (targetPartitions < sourcePartitions) {
    const why = 'an engine adds them when it starts; what others have written there by key is then in other partitions'
    return [say.warning(what, why, growCommand(target, targetTopic, sourcePartitions))]
  }
  const why = 'records keep their partition, but producers that move to the target place keys elsewhere'
  return [say.warning(what, why, growCommand(source, sourceTopic, targetPartitions))]
}

type Say = ReturnType<typeof findingsOf>

function checkSettings(topic: TopicFacts, target: ClusterFacts, copied: boolean): Finding[] {
  const say = findingsOf('topics', 'target')
  return [
    ...checkCleanup(topic, target, copied, say),
    ...checkSize(topic, target, copied, say),
    ...checkTimestampType(topic, target, say),
  ]
}

/** A setting as it will be when an engine has started; undefined where it is not known. */
function settingToCome({ source, target }: TopicFacts, name: string, copied: boolean): string | undefined {
  const isSynced = copied && isCopiedConfig(name)
  if (!isSynced) return target?.values.get(name)
  if (source?.overrides.has(name)) return source.overrides.get(name)
  // What only the target has set goes; its broker's default, which then counts, is not told.
  return target?.overrides.has(name) ? undefined : target?.values.get(name)
}

function checkCleanup(topic: TopicFacts, target: ClusterFacts, copied: boolean, say: Say): Finding[] {
  const name = 'cleanup.policy'
  const [ofSource, ofTarget] = [topic.source?.values.get(name), settingToCome(topic, name, copied)]
  if (ofSource === undefined || ofTarget === undefined || sameList(ofSource, ofTarget)) return []
  const what = `${topic.targetTopic} has ${name}=${ofTarget}, its source ${ofSource}`
  const why = ofTarget.includes('compact')
    ? 'the target drops all but the last record of each key, which the source keeps'
    : 'the target deletes or keeps records otherwise than the source'
  return [say.warning(what, why, configureCommand(target, topic.targetTopic, name, `[${ofSource}]`))]
}

function checkSize(topic: TopicFacts, target: ClusterFacts, copied: boolean, say: Say): Finding[] {
  const name = 'max.message.bytes'
  const [ofSource, ofTarget] = [topic.source?.values.get(name), settingToCome(topic, name, copied)]
  if (ofSource === undefined || ofTarget === undefined || Number(ofTarget) >= Number(ofSource)) return []
  const what = `${topic.targetTopic} takes batches of ${ofTarget} bytes (${name}), its source of ${ofSource}`
  const why = 'a larger record is refused: its partition is held until the limit is raised'
  return [say.error(what, why, configureCommand(target, topic.targetTopic, name, ofSource))]
}

function checkTimestampType(
  { source, target: onTarget, targetTopic }: TopicFacts,
  target: ClusterFacts,
  say: Say,
): Finding[] {
  const name = 'message.timestamp.type'
  if (onTarget?.values.get(name) !== 'LogAppendTime' || source?.values.get(name) === 'LogAppendTime') return []
  const why = 'each record gets the time of its copying, so retention and searches by time count from then'
  const fix = configureCommand(target, targetTopic, name, 'CreateTime')
  return [say.warning(`${targetTopic} has ${name}=LogAppendTime on the target`, why, fix)]
}

function sameList(one: string, other: string): boolean {
  const sorted = (text: string) =>
    text
      .split(',')
      .map(part => part.trim())
      .toSorted()
      .join(',')
  return sorted(one) === sorted(other)
}
