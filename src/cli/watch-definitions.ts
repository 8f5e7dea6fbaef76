import { isDeepStrictEqual } from 'node:util'
import { groupSelection, topicSelection } from '../config/replicator-options.js'
import type { CreateReplicatorRequest } from '../config/types.js'
import { messageOf } from '../errors.js'
import type { ReplicatorDefinition } from '../registry/definition.js'
import type { RunnableReplicator } from './engine.js'
import type { ReplicatorLogs } from './replicator-logs.js'
import type { RunRequest } from './run-replicators.js'
import type { Shell } from './shell.js'

/** How soon an engine notices what was asked of its replicator. To look is to read one file of a few kilobytes. */
const LOOK_INTERVAL_MS = 1_000

/** A replicator that runs here, and where what happens to it is told. */
export interface Watched {
  request: RunRequest
  replicator: RunnableReplicator
  logs: Pick<ReplicatorLogs, 'reopen'>
  /** Set once it has ended. */
  result: unknown
  /** The definition that it works by by now; undefined while it is still that of the start. */
  applied?: ReplicatorDefinition | undefined
  /** Somebody has deleted it. */
  isDeleted?: boolean
  /** What went wrong at the last look, so that it is told once. */
  trouble?: string | undefined
}

/**
 * Looks at the definitions of running replicators until the signal comes: the mirrored commands have no other way to
 * reach the engine. What `update-replication-info` has changed is taken over, and what is to be deleted drains, ends and
 * is then gone.
 */
export async function watchDefinitions(
  running: readonly Watched[],
  end: AbortSignal,
  shell: Shell,
  say: (text: string) => void,
): Promise<void> {
  while (!end.aborted) {
    await shell.clock.sleep(LOOK_INTERVAL_MS, end)
    for (const one of running) {
      const { definition } = one.request
      if (definition === undefined || one.result !== undefined || end.aborted) continue
      try {
        await follow(one, definition, shell, say)
        one.trouble = undefined
      } catch (error) {
        // An unreadable definition is no order, and a cluster that does not answer now may later: it is looked at again.
        const trouble = messageOf(error)
        if (trouble !== one.trouble) say(`warning: ${trouble}; it tries again`)
        one.trouble = trouble
      }
    }
  }
}

async function follow(
  one: Watched,
  definition: ReplicatorDefinition,
  shell: Shell,
  say: (text: string) => void,
): Promise<void> {
  const registry = await shell.registry()
  const { name } = one.request.options
  const found = await registry.find(definition.Request.ReplicatorName)
  const isOurs = found?.ReplicatorArn === definition.ReplicatorArn
  if (!isOurs || found.Deleting) {
    say(isOurs ? `${name} is being deleted: it drains and ends` : `${name} was deleted: it stops`)
    one.isDeleted = true
    await one.replicator.stop()
    return await finishDeletion(one.request, shell, say)
  }
  const applied = one.applied ?? definition
  if (found.CurrentVersion === applied.CurrentVersion) return
  await takeOver(one, applied.Request, found.Request)
  const { LogDelivery, ReplicationInfoList } = found.Request
  // What is taken over is not done again where the rest fails and is tried again.
  one.applied = { ...applied, Request: { ...applied.Request, ReplicationInfoList } }
  if (!isDeepStrictEqual(LogDelivery, applied.Request.LogDelivery)) await one.logs.reopen(found.Request)
  await registry.rememberState(found, 'RUNNING')
  one.applied = found
}

async function takeOver(
  { replicator, request }: Watched,
  before: CreateReplicatorRequest,
  { ReplicationInfoList: [flow] }: CreateReplicatorRequest,
): Promise<void> {
  if (flow === undefined || isDeepStrictEqual(flow, before.ReplicationInfoList[0])) return
  await replicator.update({
    topics: topicSelection(flow.TopicReplication),
    groups: groupSelection(flow.ConsumerGroupReplication, request.options.groups.followResets),
  })
}

/** What is left to do once its engine has ended: its status on the target goes, then its definition. */
export async function finishDeletion(
  { definition, options }: RunRequest,
  shell: Shell,
  say: (text: string) => void,
): Promise<void> {
  try {
    await (await shell.engine()).forgetState(options)
  } catch (error) {
    say(`warning: what it noted on the target could not be marked as deleted: ${messageOf(error)}`)
  }
  if (definition === undefined) return
  const { ReplicatorArn, Request } = definition
  const registry = await shell.registry()
  const found = await registry.find(Request.ReplicatorName)
  if (found?.ReplicatorArn === ReplicatorArn) await registry.delete(ReplicatorArn, undefined)
}
