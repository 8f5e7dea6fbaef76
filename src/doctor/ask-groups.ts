import type { Clock } from '../clock.js'
import { Code, KafkaError } from '../wire/kafka-errors.js'
import { listGroups, listTypedGroups } from '../wire/messages/list-groups.js'
import { answerTo } from './answer.js'
import type { AskedCluster } from './ask-cluster.js'
import type { GroupFacts } from './check-groups.js'

/** The groups that each broker lists; those of a broker that does not are a problem. Never rejects. */
export async function askGroups({ facts, nodes, side }: AskedCluster, clock: Clock): Promise<GroupFacts> {
  const unreached = facts.brokers.filter(({ nodeId, versions }) => nodeId !== undefined && versions.problem !== null)
  const problems = unreached.map(({ address }) => `${address} was not reached`)
  if (nodes.length === 0) problems.push('none of its brokers was reached')
  const lists = await Promise.all(
    nodes.map(nodeId =>
      answerTo(async () => {
        const isTyped = await side.cluster.supports(nodeId, listTypedGroups)
        const { errorCode, groups } = await side.cluster.call(nodeId, isTyped ? listTypedGroups : listGroups, undefined)
        if (errorCode !== Code.None) throw new KafkaError(errorCode, `ListGroups of broker ${nodeId}`)
        return groups
      }, clock),
    ),
  )
  problems.push(...lists.flatMap(({ problem }) => (problem === null ? [] : [problem])))
  return { groups: lists.flatMap(({ value }) => value ?? []), problems }
}
