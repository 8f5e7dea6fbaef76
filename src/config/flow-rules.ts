import { checkPattern, MAX_GROUP_PATTERN_LENGTH, MAX_TOPIC_PATTERN_LENGTH } from '../policy/topic-patterns.js'
import { referenceOf, sourceReference, targetReference } from './cluster-references.js'
import { type JsonPath, quote } from './findings.js'
import type { Objection, Rule } from './rule.js'
import { nearest } from './suggestions.js'
import type { KafkaCluster, ReplicationInfo } from './types.js'

type Side = 'Source' | 'Target'

/** A rule about each entry of replication-info.json by itself. */
function eachFlow(name: string, objections: (flow: ReplicationInfo) => Iterable<Omit<Objection, 'in'>>): Rule {
  return {
    name,
    needs: ['flows'],
    *check({ flows }) {
      for (const [index, flow] of flows.entries()) {
        for (const found of objections(flow)) yield { ...found, in: 'flows', path: [index, ...found.path] }
      }
    },
  }
}

function* oneReference(flow: ReplicationInfo, side: Side): Generator<Omit<Objection, 'in'>> {
  const arn = flow[`${side}KafkaClusterArn`]
  const id = flow[`${side}KafkaClusterId`]
  const low = side.toLowerCase()
  if ((arn === undefined) !== (id === undefined)) return
  yield {
    path: arn === undefined ? [] : [`${side}KafkaClusterId`],
    at: 'key',
    message:
      arn === undefined
        ? `The ${low} cluster is not named.`
        : `Cannot specify both ${low}KafkaClusterArn and ${low}KafkaClusterId. Use either ${low}KafkaClusterArn if replicating ${side === 'Source' ? 'from' : 'to'} MSK clusters or ${low}KafkaClusterId if replicating ${side === 'Source' ? 'from' : 'to'} Apache Kafka clusters.`,
    fix:
      arn === undefined
        ? `Add "${side}KafkaClusterArn" for an MSK cluster or "${side}KafkaClusterId" for an Apache Kafka cluster.`
        : 'Remove one of them.',
    invalidParameter: `${low}KafkaClusterArn`,
  }
}

const sourceDiffersFromTarget = eachFlow('source-differs-from-target', function* (flow) {
  const source = sourceReference(flow)
  if (source === undefined || source !== targetReference(flow)) return
  yield {
    path: [flow.TargetKafkaClusterArn === undefined ? 'TargetKafkaClusterId' : 'TargetKafkaClusterArn'],
    message: 'Source and target are the same cluster.',
    fix: 'Name the other cluster of kafka-clusters.json as the target.',
    invalidParameter: 'targetKafkaClusterArn',
  }
})

const enhancedNeedsIdentical = eachFlow('enhanced-needs-identical', function* (flow) {
  if (flow.ConsumerGroupReplication.ConsumerGroupOffsetSyncMode !== 'ENHANCED') return
  if (flow.TopicReplication.TopicNameConfiguration?.Type === 'IDENTICAL') return
  yield {
    path: ['ConsumerGroupReplication', 'ConsumerGroupOffsetSyncMode'],
    message:
      'The consumerGroupOffsetSyncMode value ENHANCED is only supported when topicNameConfiguration type is IDENTICAL. To resolve this, either set topicNameConfiguration type to IDENTICAL, or change consumerGroupOffsetSyncMode to a value that is compatible with your current topicNameConfiguration type.',
    fix: 'Write "TopicNameConfiguration": { "Type": "IDENTICAL" } into TopicReplication, or "LEGACY" here.',
    invalidParameter: 'consumerGroupOffsetSyncMode',
  }
})

const patternsAreUsable = eachFlow('patterns', function* (flow) {
  const topics = flow.TopicReplication
  const groups = flow.ConsumerGroupReplication
  const lists: [JsonPath, readonly string[] | undefined, number][] = [
    [['TopicReplication', 'TopicsToReplicate'], topics.TopicsToReplicate, MAX_TOPIC_PATTERN_LENGTH],
    [['TopicReplication', 'TopicsToExclude'], topics.TopicsToExclude, MAX_TOPIC_PATTERN_LENGTH],
    [
      ['ConsumerGroupReplication', 'ConsumerGroupsToReplicate'],
      groups.ConsumerGroupsToReplicate,
      MAX_GROUP_PATTERN_LENGTH,
    ],
    [['ConsumerGroupReplication', 'ConsumerGroupsToExclude'], groups.ConsumerGroupsToExclude, MAX_GROUP_PATTERN_LENGTH],
  ]
  for (const [path, patterns, maxLength] of lists) {
    for (const [index, pattern] of (patterns ?? []).entries()) {
      const objection = patternObjection(pattern, maxLength)
      const parameter = String(path[1]).replace(/^[A-Z]/, letter => letter.toLowerCase())
      if (objection !== undefined) yield { ...objection, path: [...path, index], invalidParameter: parameter }
    }
  }
})

function patternObjection(pattern: string, maxLength: number): Omit<Objection, 'in' | 'path'> | undefined {
  // Empty and too long texts are the schema's to tell.
  if (pattern === '' || pattern.length > maxLength) return undefined
  const check = checkPattern(pattern, maxLength)
  const told = check.ok ? check.note : check
  if (told === undefined) return undefined
  return {
    severity: check.ok ? 'note' : 'error',
    message: `The pattern ${quote(pattern)} ${check.ok ? 'may match other names than meant' : 'cannot be used'}: ${told.reason}.`,
    fix: `${told.suggestion.charAt(0).toUpperCase()}${told.suggestion.slice(1)}.`,
  }
}

function listedRule(side: Side): Rule {
  return {
    name: `${side.toLowerCase()}-is-listed`,
    needs: ['clusters', 'flows'],
    *check({ clusters, flows }) {
      for (const [index, flow] of flows.entries()) {
        const objection = unlisted(flow, side, clusters)
        if (objection !== undefined) yield { ...objection, in: 'flows', path: [index, ...objection.path] }
      }
    },
  }
}

function unlisted(
  flow: ReplicationInfo,
  side: Side,
  clusters: readonly KafkaCluster[],
): Omit<Objection, 'in'> | undefined {
  const byArn = flow[`${side}KafkaClusterArn`] !== undefined
  const reference = flow[`${side}KafkaClusterArn`] ?? flow[`${side}KafkaClusterId`]
  if (reference === undefined) return undefined
  const kind = byArn ? 'AmazonMskCluster' : 'ApacheKafkaCluster'
  const listed = clusters.filter(cluster => cluster[kind] !== undefined).flatMap(cluster => referenceOf(cluster) ?? [])
  if (listed.includes(reference)) return undefined
  const member = `${side}KafkaCluster${byArn ? 'Arn' : 'Id'}`
  const meant = nearest(reference, listed) ?? (listed.length === 1 ? listed[0] : undefined)
  return {
    path: [member],
    message: byArn
      ? 'Source and target Kafka cluster ARNs must be present in kafkaClusters.'
      : `The cluster id ${quote(reference)} is not in kafka-clusters.json.`,
    fix:
      meant === undefined
        ? `No entry of kafka-clusters.json has ${byArn ? 'an MskClusterArn: use' : 'an ApacheKafkaClusterId: use'} "${side}KafkaCluster${byArn ? 'Id' : 'Arn'}".`
        : `Did you mean ${quote(meant)}?`,
    invalidParameter: member.replace(/^[A-Z]/, letter => letter.toLowerCase()),
  }
}

/** What AWS demands of replication-info.json beyond its shape, alone and together with kafka-clusters.json. */
export const FLOW_RULES: readonly Rule[] = [
  eachFlow('one-source-reference', flow => oneReference(flow, 'Source')),
  eachFlow('one-target-reference', flow => oneReference(flow, 'Target')),
  sourceDiffersFromTarget,
  enhancedNeedsIdentical,
  patternsAreUsable,
  listedRule('Source'),
  listedRule('Target'),
]
