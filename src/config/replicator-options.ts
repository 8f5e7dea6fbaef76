import type { Environment } from '../aws/client-settings.js'
import type { ClusterConnectionOptions } from '../clusters/connection-options.js'
import { ExitCode, UserError } from '../errors.js'
import { STOP_ALWAYS } from '../policy/obstacle-policy.js'
import type {
  GroupSelection,
  ReplicatorOptions,
  RunOverrides,
  TopicSelection,
} from '../replication/replicator-options.js'
import { referenceOf, sourceReference, targetReference } from './cluster-references.js'
import { resolveConnection } from './resolve-connections.js'
import type { Connections, ConsumerGroupReplication, CreateReplicatorRequest, TopicReplication } from './types.js'

/**
 * Makes what the engine needs from a request that `validateRequest` found no error in. `id` names the replicator's
 * progress: the UUID of its ARN. Secrets are read now; AWS is reached as `env` says. What cannot be resolved is a
 * UserError that says what to mend.
 */
export async function toReplicatorOptions(
  request: CreateReplicatorRequest,
  connections: Connections | undefined,
  id: string,
  overrides: RunOverrides = {},
  env: Environment = process.env,
): Promise<ReplicatorOptions> {
  const flow = request.ReplicationInfoList[0]
  if (flow === undefined) throw incomplete('ReplicationInfoList is empty.')
  const [source, target] = await Promise.all([
    connectionFor(request, sourceReference(flow), 'source', connections, env),
    connectionFor(request, targetReference(flow), 'target', connections, env),
  ])
  return {
    name: request.ReplicatorName,
    id,
    source,
    target,
    topics: topicSelection(flow.TopicReplication),
    groups: groupSelection(flow.ConsumerGroupReplication, overrides.followResets ?? false),
    compression: overrides.compression ?? flow.TargetCompressionType,
    obstacles: { ...STOP_ALWAYS, ...overrides.obstacles },
    repairProvenance: overrides.repairProvenance ?? false,
    startOver: overrides.startOver ?? false,
    resumeCopying: overrides.resumeCopying ?? false,
  }
}

/** The topics of a flow with AWS's defaults filled in (msk-api 2.6). */
export function topicSelection(topics: TopicReplication): TopicSelection {
  return {
    include: topics.TopicsToReplicate,
    exclude: topics.TopicsToExclude ?? [],
    naming: topics.TopicNameConfiguration?.Type === 'IDENTICAL' ? 'identical' : 'prefixed',
    startAt: topics.StartingPosition?.Type === 'EARLIEST' ? 'earliest' : 'latest',
    copyConfigurations: topics.CopyTopicConfigurations ?? true,
    copyAccessControlLists: topics.CopyAccessControlListsForTopics ?? true,
    detectNew: topics.DetectAndCopyNewTopics ?? true,
  }
}

/** The consumer groups of a flow with AWS's defaults filled in (msk-api 2.6). */
export function groupSelection(groups: ConsumerGroupReplication, followResets: boolean): GroupSelection {
  return {
    include: groups.ConsumerGroupsToReplicate,
    exclude: groups.ConsumerGroupsToExclude ?? [],
    synchronise: groups.SynchroniseConsumerGroupOffsets ?? true,
    detectNew: groups.DetectAndCopyNewConsumerGroups ?? true,
    mode: groups.ConsumerGroupOffsetSyncMode === 'ENHANCED' ? 'enhanced' : 'legacy',
    followResets,
  }
}

function connectionFor(
  request: CreateReplicatorRequest,
  reference: string | undefined,
  side: 'source' | 'target',
  connections: Connections | undefined,
  env: Environment,
): Promise<ClusterConnectionOptions> {
  const cluster = request.KafkaClusters.find(entry => reference !== undefined && referenceOf(entry) === reference)
  if (cluster === undefined) throw incomplete(`The ${side} cluster ${reference ?? ''} is not in KafkaClusters.`)
  return resolveConnection(cluster, connections, env)
}

function incomplete(message: string): UserError {
  return new UserError(message, { exitCode: ExitCode.Usage, fix: 'Run `kafka-replicator validate` on the files.' })
}
