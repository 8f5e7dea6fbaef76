import { type Acl, AclOperation, AclPermission } from '../wire/messages/create-acls.js'

/** The name that stands for all topics of a cluster. */
const EVERY_TOPIC = '*'

const COPIED_OPERATIONS: ReadonlySet<number> = new Set([
  AclOperation.Alter,
  AclOperation.AlterConfigs,
  AclOperation.Create,
  AclOperation.Delete,
  AclOperation.Describe,
  AclOperation.DescribeConfigs,
  AclOperation.Read,
])

/**
 * Whether a rule about a topic that is copied travels with it: MSK Replicator's list. The right to write stays behind,
 * since nobody but the replicator should write to a copy; that somebody may *not* write holds there too. `All` is not
 * on the list: as an Allow it would bring the right to write.
 */
export function isCopiedAcl({ operation, permission }: Acl): boolean {
  return operation === AclOperation.Write ? permission === AclPermission.Deny : COPIED_OPERATIONS.has(operation)
}

/**
 * The rules that the target lacks. Nothing is ever taken away there: rules of its own stay, and so do those that the
 * source has no longer.
 *
 * A rule about `*` is LITERAL in Kafka's terms, but it is about every topic of its cluster, and only rules about topics
 * that are copied travel. Taken over as it is, it would open, or close, topics of the target that the source has never
 * heard of; so it stays behind (see `everyTopicAcls`).
 *
 * @param names of the topics that are copied: on the source → on the target
 */
export function missingAcls(source: readonly Acl[], names: ReadonlyMap<string, string>, target: readonly Acl[]): Acl[] {
  const there = new Set(target.map(keyOf))
  return source.flatMap(acl => {
    const topic = names.get(acl.topic)
    if (topic === undefined || !isCopiedAcl(acl)) return []
    const copy = { ...acl, topic }
    return there.has(keyOf(copy)) ? [] : [copy]
  })
}

/** Without those that keep producers off topics for the time of a switch: on the target, the same would lock them out. */
export function withoutFences(acls: readonly Acl[], fencedTopics: readonly string[]): Acl[] {
  if (fencedTopics.length === 0) return [...acls]
  const fenced = new Set(fencedTopics)
  const isFence = ({ topic, operation, permission }: Acl) =>
    operation === AclOperation.Write && permission === AclPermission.Deny && fenced.has(topic)
  return acls.filter(acl => !isFence(acl))
}

/** The rules about `*` that would travel if they were about one topic: a person decides about them. */
export function everyTopicAcls(source: readonly Acl[]): Acl[] {
  return source.filter(acl => acl.topic === EVERY_TOPIC && isCopiedAcl(acl))
}

function keyOf({ topic, principal, host, operation, permission }: Acl): string {
  return JSON.stringify([topic, principal, host, operation, permission])
}
