import type { Command } from 'commander'
import type { Operation } from './model.js'
import type { Shape } from './shape.js'
import { optionName } from './shape.js'

/** Gives a command the options of an operation's members, in the model's order, and the way to give them all at once. */
export function addParameterOptions(command: Command, operation: Operation, except: readonly string[] = []): void {
  for (const [member, shape] of Object.entries(operation.input.members)) {
    if (except.includes(member)) continue
    const required = operation.input.required.includes(member) ? ' (required)' : ''
    command.option(`${optionName(member)} ${placeholder(shape.kind)}`, `${HELP[member] ?? ''}${required}`)
  }
  command.option('--cli-input-json <json>', 'all members as one JSON text or file://; other options win over it')
}

function placeholder(kind: Shape['kind']): string {
  if (kind === 'list') return '<items...>'
  if (kind === 'structure' || kind === 'map') return '<json>'
  return kind === 'integer' ? '<number>' : '<text>'
}

const HELP: Readonly<Record<string, string>> = {
  CurrentVersion: 'refuse unless this is still the version that describe-replicator shows',
  Description: 'a note for people',
  KafkaClusters: 'the two clusters: file://kafka-clusters.json or JSON',
  LogDelivery: 'where logs go: file://log-delivery.json or JSON',
  MaxResults: 'at most so many in one answer',
  NextToken: 'go on where an earlier answer ended',
  ReplicationInfoList: 'from where to where, which topics and groups: file://replication-info.json or JSON',
  ReplicatorArn: 'as create-replicator and list-replicators show it',
  ReplicatorName: 'letters, digits and hyphens',
  ReplicatorNameFilter: 'only names that begin so',
  ServiceExecutionRoleArn: 'the IAM role that AWS would use; its account goes into the ARN',
  Tags: 'keys and values: a JSON object',
}
