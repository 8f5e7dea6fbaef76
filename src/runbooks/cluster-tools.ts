import type { Clock } from '../clock.js'
import { createAcls, deleteAcls, describeAcls } from '../clusters/topic-acls.js'
import type { ControlNote } from '../progress/notes.js'
import { ProgressStore } from '../progress/progress-store.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import { closeSide, openSide } from '../replication/open-clusters.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import { verifyReplicator } from '../verification/verify-replicator.js'
import { askedBy, changedControl, claimedControl, releasedControl } from './control.js'
import { missingFenceRules } from './fence-rules.js'
import type { RunbookTools } from './tools.js'
import { writeHeartbeat } from './write-heartbeat.js'

/** Details of differences are for `verify` itself; here the verdict decides. */
const DIFFERENCES_KEPT = 5

/** What runbooks do to real clusters. Each call opens what it needs and closes it: there may be hours between two. */
export function clusterTools(options: ReplicatorOptions, clock: Clock): RunbookTools {
  const onSource = <Result>(work: (side: ReturnType<typeof openSide>) => Promise<Result>) =>
    withSide(options.source, clock, work)
  const onControl = (change: (before: ControlNote | undefined) => ControlNote | undefined) =>
    withNotes(options, clock, async store => {
      const note = change(store.control)
      if (note !== undefined) await store.saveControl(note)
    })
  return {
    asked: () => withNotes(options, clock, async ({ control }) => (control === undefined ? null : askedBy(control))),
    claim: (by, takesOver) => onControl(before => claimedControl(before, by, takesOver, clock.now())),
    letGo: by => onControl(before => releasedControl(before, by)),
    control: (change, by, inNameOf) =>
      onControl(before => changedControl(before, change, { by, inNameOf: inNameOf ?? by, now: clock.now() })),
    verify: lastRecords =>
      verifyReplicator(
        options,
        { topics: [], upToCopied: false, strictTarget: false, differencesPerPartition: DIFFERENCES_KEPT, lastRecords },
        clock,
      ),
    writeHeartbeat: heartbeat => onSource(side => writeHeartbeat(side, options.id, heartbeat, clock)),
    planFence: topics => onSource(async ({ cluster }) => missingFenceRules(await describeAcls(cluster), topics)),
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
