import type { Clock } from '../clock.js'
import { createAcls, deleteAcls, describeAcls } from '../clusters/topic-acls.js'
import { ExitCode, UserError } from '../errors.js'
import type { ControlNote } from '../progress/notes.js'
import { ProgressStore } from '../progress/progress-store.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import { closeSide, openSide } from '../replication/open-clusters.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import { verifyReplicator } from '../verification/verify-replicator.js'
import { missingFenceRules } from './fence-rules.js'
import type { ControlChange, RunbookTools } from './tools.js'

const NOTHING_ASKED: Omit<ControlNote, 'by' | 'at'> = { groupSync: 'on', copying: 'on', fencedTopics: [] }
/** Details of differences are for `verify` itself; here the verdict decides. */
const DIFFERENCES_KEPT = 5

/** What runbooks do to real clusters. Each call opens what it needs and closes it: there may be hours between two. */
export function clusterTools(options: ReplicatorOptions, clock: Clock): RunbookTools {
  const onSource = <Result>(work: (side: ReturnType<typeof openSide>) => Promise<Result>) =>
    withSide(options.source, clock, work)
  const onControl = (change: (before: ControlNote | undefined) => ControlNote | undefined) =>
    withSide(options.target, clock, side => changeControl(side, options.id, clock, change))
  return {
    claim: (by, takesOver) => onControl(before => claimedControl(before, by, takesOver, clock.now())),
    letGo: by => onControl(before => releasedControl(before, by)),
    control: (change, by) => onControl(before => changedControl(before, change, by, clock.now())),
    verify: lastRecords =>
      verifyReplicator(
        options,
        { topics: [], upToCopied: false, strictTarget: false, differencesPerPartition: DIFFERENCES_KEPT, lastRecords },
        clock,
      ),
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

/** Reads what is asked of the engine and writes what it shall be; undefined leaves it as it is. */
async function changeControl(
  side: ReturnType<typeof openSide>,
  replicatorId: string,
  clock: Clock,
  change: (before: ControlNote | undefined) => ControlNote | undefined,
): Promise<void> {
  const topic = new StateTopic(stateTopicName(replicatorId), side, clock)
  try {
    if (!(await topic.exists())) throw new Error(`the replicator has no notes on ${side.cluster.alias}: it never ran`)
    const store = new ProgressStore(topic)
    await store.load()
    const note = change(store.control)
    if (note !== undefined) await store.saveControl(note)
  } finally {
    topic.close()
  }
}

/**
 * What one run asks of the engine beside what was asked before it.
 * @throws UserError (5) where another run works with the replicator
 */
export function changedControl(
  before: ControlNote | undefined,
  change: ControlChange,
  by: string,
  now: number,
): ControlNote {
  refuseWhileOpen(before, by)
  // Later than the one before, whatever the clocks of two machines say: the engine answers with it.
  const at = Math.max(now, (before?.at ?? 0) + 1)
  return { ...NOTHING_ASKED, ...before, ...change, by, at }
}

/**
 * The note that a run works with the replicator. What was asked, when and by whom stays: nothing new is asked.
 * @throws UserError (5) where another run does
 */
export function claimedControl(
  before: ControlNote | undefined,
  by: string,
  takesOver: boolean,
  now: number,
): ControlNote {
  if (!takesOver) refuseWhileOpen(before, by)
  return { ...NOTHING_ASKED, by, at: now, ...before, openRun: by }
}

/** The same when the run is over; undefined where it has claimed nothing, or another has taken over. */
export function releasedControl(before: ControlNote | undefined, by: string): ControlNote | undefined {
  return before?.openRun === by ? { ...before, openRun: undefined } : undefined
}

function refuseWhileOpen(before: ControlNote | undefined, by: string): void {
  const openRun = before?.openRun
  if (openRun === undefined || openRun === by) return
  throw new UserError(`Another runbook works with this replicator: ${openRun}, which is not finished.`, {
    exitCode: ExitCode.Protected,
    fix: 'Go on with it, or give it up (--abort), on the machine that it was begun on. Where that is gone: --anew begins another.',
  })
}
