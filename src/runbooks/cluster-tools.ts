import type { Clock } from '../clock.js'
import { createAcls, deleteAcls, describeAcls } from '../clusters/topic-acls.js'
import type { ControlNote } from '../progress/notes.js'
import { ProgressStore } from '../progress/progress-store.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import { closeSide, openSide } from '../replication/open-clusters.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import { verifyReplicator } from '../verification/verify-replicator.js'
import { type Acl, AclOperation, AclPermission } from '../wire/messages/create-acls.js'
import type { ControlChange, RunbookTools } from './tools.js'
import { writeHeartbeat } from './write-heartbeat.js'

const NOTHING_ASKED: Omit<ControlNote, 'by' | 'at'> = { groupSync: 'on', copying: 'on', fencedTopics: [] }
/** Details of differences are for `verify` itself; here the verdict decides. */
const DIFFERENCES_KEPT = 5

/** What runbooks do to real clusters. Each call opens what it needs and closes it: there may be hours between two. */
export function clusterTools(options: ReplicatorOptions, clock: Clock): RunbookTools {
  const onSource = <Result>(work: (side: ReturnType<typeof openSide>) => Promise<Result>) =>
    withSide(options.source, clock, work)
  return {
    asked: () =>
      withNotes(options, clock, async ({ control }) => {
        if (control === undefined) return null
        const { at: _, ...asked } = control
        return asked
      }),
    control: (change, by) => withNotes(options, clock, store => control(store, change, by, clock)),
    verify: lastRecords =>
      verifyReplicator(
        options,
        { topics: [], upToCopied: false, strictTarget: false, differencesPerPartition: DIFFERENCES_KEPT, lastRecords },
        clock,
      ),
    writeHeartbeat: heartbeat => onSource(side => writeHeartbeat(side, options.id, heartbeat, clock)),
    planFence: topics => onSource(async ({ cluster }) => planFence(await describeAcls(cluster), topics)),
    createRules: acls =>
      onSource(async ({ cluster }) => {
        const { refusal } = await createAcls(cluster, acls)
        if (refusal !== undefined) throw refusal
      }),
    deleteRules: acls => onSource(({ cluster }) => deleteAcls(cluster, acls)),
  }
}

async function withSide<Result>(
  connection: ReplicatorOptions['source'],
  clock: Clock,
  work: (side: ReturnType<typeof openSide>) => Promise<Result>,
): Promise<Result> {
  const side = openSide(connection, clock)
  try {
    await side.cluster.connect()
    return await work(side)
  } finally {
    await closeSide(side)
  }
}

/** Reads what the replicator has noted on its target. Throws where it never ran. */
async function withNotes<Result>(
  { id, target }: ReplicatorOptions,
  clock: Clock,
  work: (store: ProgressStore) => Promise<Result>,
): Promise<Result> {
  return await withSide(target, clock, async side => {
    const topic = new StateTopic(stateTopicName(id), side, clock)
    try {
      if (!(await topic.exists())) throw new Error(`the replicator has no notes on ${target.alias}: it never ran`)
      const store = new ProgressStore(topic)
      await store.load()
      return await work(store)
    } finally {
      topic.close()
    }
  })
}

async function control(store: ProgressStore, change: ControlChange, by: string, clock: Clock): Promise<void> {
  const before = store.control ?? { ...NOTHING_ASKED, by, at: 0 }
  // Later than the one before, whatever the clocks of two machines say: the engine answers with it.
  const at = Math.max(clock.now(), before.at + 1)
  await store.saveControl({ ...before, ...change, by, at })
}

/**
 * One rule a topic that denies Write to everyone: a Deny wins over every Allow. We only read there. Super users are beyond
 * the reach of rules. What is there already is not ours, so it is neither added nor removed.
 */
function planFence(existing: readonly Acl[], topics: readonly string[]): Acl[] {
  const { Write } = AclOperation
  const { Deny } = AclPermission
  const isThere = (topic: string) =>
    existing.some(
      acl => acl.topic === topic && acl.principal === 'User:*' && acl.operation === Write && acl.permission === Deny,
    )
  return topics
    .filter(topic => !isThere(topic))
    .map(topic => ({ topic, principal: 'User:*', host: '*', operation: Write, permission: Deny }))
}
