import { isAboutRights } from '../clusters/refusal.js'
import { Code } from '../wire/kafka-errors.js'
import { AclOperation } from '../wire/messages/create-acls.js'
import { describeGroupRights, type GroupRights } from '../wire/messages/describe-groups.js'
import { heartbeatOfNobody } from '../wire/messages/heartbeat.js'
import type { MetadataWithRights } from '../wire/messages/metadata.js'
import type { AskedCluster } from './ask-cluster.js'
import type { AllowedOn } from './facts.js'

/** Rules are mostly about prefixes or all groups: so many show what is missing. */
const GROUPS_MAX = 100

type NamedTopic = MetadataWithRights['topics'][number]

/** What we may do on the cluster itself. */
export function allowedOnCluster({ facts }: AskedCluster): AllowedOn[] {
  const { value } = facts.metadata
  return value ? [{ kind: 'cluster', name: 'kafka-cluster', operations: value.clusterOperations, isOurs: false }] : []
}

/** What we may do on a topic, from the metadata that named it. */
export function allowedOnTopic({ errorCode, name, operations }: NamedTopic, isOurs: boolean): AllowedOn {
  return { kind: 'topic', name, operations: isAboutRights(errorCode) ? 0 : operations, isOurs }
}

/**
 * What we may do on groups, of which the first are asked. A group need not exist, and no coordinator is looked for: on a
 * cluster without groups that would create the topic of their offsets. Never rejects.
 */
export async function allowedOnGroups(
  cluster: Pick<AskedCluster, 'ask'>,
  groups: readonly string[],
): Promise<AllowedOn[]> {
  const names = groups.slice(0, GROUPS_MAX)
  if (names.length === 0) return []
  const described = await cluster.ask(describeGroupRights, names)
  const rows = new Map(described.value?.map(row => [row.group, row]))
  return await Promise.all(
    names.map(async (name): Promise<AllowedOn> => {
      const row = rows.get(name)
      return { kind: 'group', name, operations: row && (await operationsOn(cluster, row)), isOurs: false }
    }),
  )
}

/** A broker that does not coordinate the group says only whether it may be described; the other right is asked apart. */
async function operationsOn(
  { ask }: Pick<AskedCluster, 'ask'>,
  { errorCode, group, operations }: GroupRights,
): Promise<number | undefined> {
  if (isAboutRights(errorCode)) return 0
  if (errorCode === Code.None && operations !== undefined) return operations
  const { value } = await ask(heartbeatOfNobody, group)
  if (value === undefined) return undefined
  const describe = 1 << AclOperation.Describe
  return isAboutRights(value) ? describe : describe | (1 << AclOperation.Read)
}
