import type { ClientQuota } from '../wire/messages/describe-client-quotas.js'
import { quotasCommand } from './commands.js'
import type { ClusterFacts } from './facts.js'
import { type Finding, findingsOf } from './finding.js'

/** What brokers know us by besides the user (`wire/connection.ts`). */
const CLIENT_ID = 'kafka-replicator'
/** Of those that slow down reading from the source, and writing to the target. */
const KEYS = {
  source: ['consumer_byte_rate', 'request_percentage'],
  target: ['producer_byte_rate', 'request_percentage', 'controller_mutation_rate'],
}

/** Does the cluster hold us back? */
export function checkQuotas(facts: ClusterFacts): Finding[] {
  const { alias, principal, quotas, side } = facts
  const say = findingsOf('quotas', side)
  const { value } = quotas
  if (value === undefined || value.errorCode !== 0) {
    const reason = value === undefined ? quotas.problem : 'DescribeConfigs on the cluster is not allowed'
    return [say.unknown(`quotas of ${alias}: ${reason}`, SLOW, quotasCommand(facts))]
  }
  const user = principal.startsWith('User:') ? principal.slice('User:'.length) : undefined
  const ours = value.quotas.filter(quota => isOurs(quota, user))
  const limits = ours.flatMap(({ values }) =>
    KEYS[side].flatMap(key => (values.has(key) ? [`${key}=${values.get(key)}`] : [])),
  )
  const findings = [
    limits.length === 0
      ? say.ok(`no quota on ${alias} is for us`)
      : say.warning(`quotas on ${alias} may be for us: ${limits.join(', ')}`, SLOW, quotasCommand(facts)),
  ]
  if (value.throttleMs > 0) {
    findings.push(say.warning(`${alias} made us wait ${value.throttleMs} ms`, SLOW, quotasCommand(facts)))
  }
  return findings
}

const SLOW = 'a broker delays whoever is over its quota: copying is no faster than it allows'

/** Kafka takes the most specific; which that is does not matter for a warning. Null is the default of all. */
function isOurs({ entity }: ClientQuota, user: string | undefined): boolean {
  return [...entity].every(([type, name]) => {
    if (name === null) return true
    // Our address is not known here, nor is the name that brokers give a token.
    return type === 'user' ? name === user : type === 'client-id' && name === CLIENT_ID
  })
}
