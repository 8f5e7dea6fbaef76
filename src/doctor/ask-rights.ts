import type { Clock } from '../clock.js'
import { GroupCoordinators } from '../clusters/group-coordinators.js'
import { isAboutRights } from '../clusters/refusal.js'
import { RequestSlots } from '../clusters/request-slots.js'
import { KafkaError } from '../wire/kafka-errors.js'
import { describeGroupRights } from '../wire/messages/describe-groups.js'
import type { MetadataWithRights } from '../wire/messages/metadata.js'
import { answerTo } from './answer.js'
import type { AskedCluster } from './ask-cluster.js'
import type { AllowedOn } from './facts.js'

/** Rules are mostly about prefixes or all groups: so many show what is missing. */
const GROUPS_MAX = 100
const REQUESTS_PER_BROKER = 4

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

/** What we may do on groups, of which the first are asked. A group need not exist. Never rejects. */
export async function allowedOnGroups(
  { side, nodes }: AskedCluster,
  groups: readonly string[],
  clock: Clock,
): Promise<AllowedOn[]> {
  const names = groups.slice(0, GROUPS_MAX)
  const allowed = new Map<string, number | undefined>()
  if (nodes.length > 0 && names.length > 0) {
    await answerTo(async () => {
      const slots = new RequestSlots(REQUESTS_PER_BROKER)
      const { byNode, failures } = await new GroupCoordinators(side.cluster, slots).locate(names)
      for (const [group, error] of failures) {
        if (error instanceof KafkaError && isAboutRights(error.code)) allowed.set(group, 0)
      }
      await Promise.all(
        [...byNode].map(async ([nodeId, own]) => {
          for (const row of await side.cluster.call(nodeId, describeGroupRights, own)) {
            allowed.set(row.group, isAboutRights(row.errorCode) ? 0 : row.operations)
          }
        }),
      )
    }, clock)
  }
  return names.map(name => ({ kind: 'group', name, operations: allowed.get(name), isOurs: false }))
}
