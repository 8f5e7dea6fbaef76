import type { ClusterFacts } from './facts.js'
import { type Finding, findingsOf } from './finding.js'

/** Are both clusters those that were meant, and not one? */
export function checkClusters(source: ClusterFacts, target: ClusterFacts): Finding[] {
  return [...checkId(source), ...checkId(target), ...checkSame(source, target)]
}

function checkId({ alias, expectedClusterId, metadata, side }: ClusterFacts): Finding[] {
  const say = findingsOf('clusters', side)
  if (metadata.value === undefined) {
    return [say.unknown(`the id of ${alias}: ${metadata.problem}`, WRONG_CLUSTER, 'See the brokers above.')]
  }
  const { clusterId } = metadata.value
  if (expectedClusterId !== undefined && expectedClusterId !== clusterId) {
    const what = `${alias} is cluster "${clusterId}", the configuration says "${expectedClusterId}"`
    return [
      say.error(what, WRONG_CLUSTER, 'Correct ApacheKafkaClusterId or BootstrapBrokerString in kafka-clusters.json.'),
    ]
  }
  return [say.ok(`${alias} is cluster ${clusterId}${expectedClusterId === undefined ? '' : ', as configured'}`)]
}

const WRONG_CLUSTER = 'replicating with the wrong cluster could not be undone'

function checkSame(source: ClusterFacts, target: ClusterFacts): Finding[] {
  const id = source.metadata.value?.clusterId
  if (id === undefined || id !== target.metadata.value?.clusterId) return []
  const what = `source and target are the same cluster ("${id}")`
  const why = 'a cluster copied onto itself would never come to an end; an engine does not start'
  return [findingsOf('clusters', 'both').error(what, why, 'Correct one of the two BootstrapBrokerString values.')]
}
