import { type Command, Option } from 'commander'
import type { Operation } from './model.js'
import type { Shape } from './shape.js'
import { optionName } from './shape.js'

/** Gives a command the options of an operation's members, in the model's order, and the way to give them all at once. */
export function addParameterOptions(command: Command, operation: Operation, except: readonly string[] = []): void {
  for (const [member, shape] of Object.entries(operation.input.members)) {
    if (except.includes(member)) continue
    const required = operation.input.required.includes(member) ? ' (required)' : ''
    command.option(`${optionName(member)} ${placeholder(shape.kind)}`, `${MEMBER_HELP[member] ?? ''}${required}`)
  }
  command.option('--cli-input-json <json>', 'all members as one JSON text or file://; other options win over it')
  command.option('--cli-input-yaml <yaml>', 'the same as YAML')
}

/** Gives a mirrored command the options that say what it prints: a skeleton, or how many items. */
export function addAnswerOptions(command: Command, operation: Operation): void {
  command.addOption(
    new Option(
      '--generate-cli-skeleton [kind]',
      'print an empty input (default) or an answer, and ask nothing',
    ).choices([...SKELETON_KINDS]),
  )
  if (operation.pagesOf === undefined) return
  command
    .option('--max-items <number>', 'show at most so many; NextToken says where to go on')
    .option('--page-size <number>', 'ask the service for so many at a time')
    .option('--starting-token <text>', 'go on there')
}

/** What `--generate-cli-skeleton` takes; `input` when bare. */
export const SKELETON_KINDS = ['input', 'yaml-input', 'output'] as const

function placeholder(kind: Shape['kind']): string {
  if (kind === 'list') return '<items...>'
  if (kind === 'structure' || kind === 'map') return '<value>'
  return kind === 'integer' ? '<number>' : '<text>'
}

/** What a member is, in a few words: for help texts and skeletons. */
export const MEMBER_HELP: Readonly<Record<string, string>> = {
  ConsumerGroupReplication: 'which consumer groups: all four members',
  CurrentVersion: 'refuse unless this is still the version that describe-replicator shows',
  Description: 'a note for people',
  KafkaClusters: 'the two clusters: file://kafka-clusters.json, JSON or shorthand',
  LogDelivery: 'where logs go: file://log-delivery.json, JSON or shorthand',
  MaxResults: 'at most so many in one answer',
  NextToken: 'go on where an earlier answer ended',
  ReplicationInfoList: 'from where to where, which topics and groups: file://replication-info.json, JSON or shorthand',
  ReplicatorArn: 'as create-replicator and list-replicators show it',
  ReplicatorName: 'letters, digits and hyphens',
  ReplicatorNameFilter: 'only names that begin so',
  ResourceArn: 'the ARN of a replicator',
  ServiceExecutionRoleArn: 'the IAM role that AWS would use; its account goes into the ARN',
  SourceKafkaClusterArn: 'the source of the flow that is meant, when it is an MSK cluster',
  SourceKafkaClusterId: 'the same, when it is an Apache cluster',
  TagKeys: 'keys of tags, one word each',
  Tags: 'keys and values: key=value,key2=value2 or a JSON object',
  TargetKafkaClusterArn: 'the target of the flow that is meant, when it is an MSK cluster',
  TargetKafkaClusterId: 'the same, when it is an Apache cluster',
  TopicReplication: 'which topics, and what goes along: all five members',
}
