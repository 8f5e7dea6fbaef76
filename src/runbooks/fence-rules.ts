import { type Acl, AclOperation, AclPermission } from '../wire/messages/create-acls.js'

/**
 * The rule that keeps producers off a topic: Write is denied to everyone. Rules know no "all but", and a Deny wins over
 * every Allow, so it is about us too where we write there: then our engine waits until the rule is gone
 * (`policy/produce-outcome.ts`). To deny each principal apart but ours would leave those out that no rule names: a rule
 * about `*` or a prefix may let them in, or `allow.everyone.if.no.acl.found`. Super users are beyond the reach of rules.
 */
export function fenceRule(topic: string): Acl {
  return { topic, principal: 'User:*', host: '*', operation: AclOperation.Write, permission: AclPermission.Deny }
}

/** The rules for these topics that are not there yet: what is there is not ours, so it is neither added nor removed. */
export function missingFenceRules(existing: readonly Acl[], topics: readonly string[]): Acl[] {
  const fenced = new Set(existing.filter(acl => isFence(acl)).map(({ topic }) => topic))
  return topics.filter(topic => !fenced.has(topic)).map(fenceRule)
}

function isFence({ principal, host, operation, permission }: Acl): boolean {
  const rule = fenceRule('')
  return (
    principal === rule.principal && host === rule.host && operation === rule.operation && permission === rule.permission
  )
}

/** What removes the rules by hand, in one line for `sh`; names of topics need no quotes there. */
export function removalCommand(brokers: readonly string[], topics: readonly string[]): string {
  const rule = "--remove --force --deny-principal 'User:*' --deny-host '*' --operation Write"
  return `kafka-acls.sh --bootstrap-server ${brokers.join(',')} ${rule} ${topics.map(topic => `--topic ${topic}`).join(' ')}`
}
