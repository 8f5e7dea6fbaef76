import type { LocalKafkaOptions } from '../../src/local-kafka/local-kafka.js'
import type { AccessRule } from '../../src/local-kafka/outside-client-types.js'
import type { Side } from './two-clusters.js'

/** A broker that knows access rules; what no rule is about, everybody may do. */
export const WITH_RULES: LocalKafkaOptions = {
  config: {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'true',
  },
}

export async function rulesOf({ client }: Side): Promise<AccessRule[]> {
  return sorted(await client.describeAcls())
}

export function sorted(rules: AccessRule[]): AccessRule[] {
  const text = (one: AccessRule) => JSON.stringify(one, Object.keys(one).sort())
  return [...rules].sort((a, b) => (text(a) < text(b) ? -1 : 1))
}

export function rule(changes: Partial<AccessRule>): AccessRule {
  const usual = { resource: 'TOPIC', name: 'x', pattern: 'LITERAL', principal: 'User:ANONYMOUS', host: '*' } as const
  return { ...usual, rule: 'ALL', permission: 'ALLOW', ...changes }
}

/** A first rule about a thing would otherwise forbid it to all it does not name, the brokers among them. */
export async function allowEverything(client: Side['client']): Promise<void> {
  await client.createAcl(rule({ resource: 'CLUSTER', name: 'kafka-cluster' }))
  await client.createAcl(rule({ name: '*' }))
  await client.createAcl(rule({ resource: 'GROUP', name: '*' }))
}
