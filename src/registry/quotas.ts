import { parseReplicatorArn } from './arn.js'
import type { ReplicatorDefinition } from './definition.js'

/** MSK's quota L-8F940D28, per account and Region; it can be raised there (msk-api 2.7). */
const REPLICATORS_MAX = 15

/** What MSK would not take of what this registry holds; there are no such limits here. */
export function quotaWarnings(definitions: readonly ReplicatorDefinition[], created: ReplicatorDefinition): string[] {
  const placeOf = ({ ReplicatorArn }: ReplicatorDefinition) => {
    const { account, region } = parseReplicatorArn(ReplicatorArn) ?? {}
    return `${account} in ${region}`
  }
  const place = placeOf(created)
  const count = definitions.filter(definition => placeOf(definition) === place).length
  if (count <= REPLICATORS_MAX) return []
  return [
    `There are ${count} replicators for account ${place}: MSK's quota is ${REPLICATORS_MAX}, unless AWS has raised it. Here there is none.`,
  ]
}
