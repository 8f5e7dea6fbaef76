import type { LocalKafkaOptions } from '../../src/local-kafka/local-kafka.js'
import type { AccessRule } from '../../src/local-kafka/outside-client-types.js'
import type { Side } from './two-clusters.js'

/** A broker with an authorizer that lets everybody in where no rule says otherwise. */
export const OPEN_TO_ALL: LocalKafkaOptions = {
  config: {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'true',
  },
}

export function rule(changes: Partial<AccessRule>): AccessRule {
  const usual = { resource: 'TOPIC', name: 'x', pattern: 'LITERAL', principal: 'User:ANONYMOUS', host: '*' } as const
  return { ...usual, rule: 'ALL', permission: 'ALLOW', ...changes }
}

/** A first rule about a thing would otherwise forbid it to all it does not name, the brokers among them. */
export async function openToAll({ client }: Side): Promise<void> {
  await client.createAcl(rule({ resource: 'CLUSTER', name: 'kafka-cluster' }))
  await client.createAcl(rule({ name: '*' }))
  await client.createAcl(rule({ resource: 'GROUP', name: '*' }))
}

/** Always in the same order. */
export async function rulesOf({ client }: Side): Promise<AccessRule[]> {
  return sorted(await client.describeAcls())
}

export function sorted(rules: readonly AccessRule[]): AccessRule[] {
  const text = (one: AccessRule) => JSON.stringify(one, Object.keys(one).sort())
  return [...rules].sort((a, b) => (text(a) < text(b) ? -1 : 1))
}
