import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import { askEngine } from '../asking.js'
import type { RunbookContext } from '../context.js'
import { counted } from '../counted.js'
import { type Gate, waitForGate } from '../gate.js'
import { drained, endsOf, engineHasHeard } from '../gates.js'
import { PASSED, type Step } from '../step.js'
import { forwardRuns } from './forward-runs.js'

/** Source offsets that were copied while it looked. */
const COPIED_FACT = 'copied-after-release'

/** What is copied from now on comes from the primary again, and groups follow. */
export function releaseForward(name: string): Step {
  return {
    name: 'release',
    title: `let ${name} copy and move groups again`,
    commands: [`kafka-replicator run --replicator-name ${name} --resume-copying`],
    act: {
      isDone: async () => false, // to ask twice changes nothing
      run: async context => {
        await askEngine({ groupSync: 'on', copying: 'on' }, context)
        return PASSED
      },
    },
    gate: async context => {
      const running = await forwardRuns(context)
      if (running.kind !== 'passed') return running
      return await waitForGate([allKnown(name), engineHasHeard(`${name} is released`)], context)
    },
  }
}

function allKnown(name: string): Gate {
  return {
    ...drained(`${name} runs`, { maxMessageLag: Number.POSITIVE_INFINITY }),
    threshold: 'it runs, every lag is known, nothing is held',
  }
}

/** Sees that records of the source arrive on the target again, as far as there are any. */
export function seeTraffic({ name, source, target }: ReplicatorOptions): Step {
  return {
    name: 'throughput',
    title: `see that what is written on ${source.alias} arrives on ${target.alias}`,
    commands: [`kafka-replicator status --replicator-name ${name} --watch`],
    gate: async context => {
      const before = await context.status()
      const outcome = await waitForGate(copiesWhatComes(name), context)
      if (outcome.kind !== 'passed') return outcome
      const after = await context.status()
      const offsets = copiedOf(after) - copiedOf(before)
      await context.journal.write({ event: 'fact', name: COPIED_FACT, value: offsets })
      await context.say(throughput(offsets, before, after))
      return outcome
    },
  }
}

/** Whether that step saw any record on its way. */
export function wasTrafficSeen({ journal }: RunbookContext): boolean {
  return (journal.fact<number>(COPIED_FACT) ?? 0) > 0
}

/** Between two looks nothing came, or some of it was copied. */
function copiesWhatComes(name: string): Gate {
  const known = allKnown(name)
  return {
    title: `${name} copies`,
    threshold: 'what comes is copied',
    shows: { kind: 'drain', maxLag: Number.POSITIVE_INFINITY },
    lacking: (status, before) => {
      const lacking = known.lacking(status, before)
      if (lacking !== undefined) return lacking
      if (before === undefined) return 'a second look is needed'
      const last = endsOf(before)
      const hasCome = [...endsOf(status)].some(([log, end]) => last.get(log) !== end)
      return hasCome && copiedOf(status) === copiedOf(before) ? 'records came, and none was copied' : undefined
    },
  }
}

/** Said as it is: where nobody writes, no throughput is proved. */
function throughput(offsets: number, before: StoredStatus, after: StoredStatus): string {
  const seconds = (Date.parse(after.at) - Date.parse(before.at)) / 1_000
  return offsets > 0
    ? `it copies: ${counted(offsets, 'offset')} of ${after.source.alias} within ${Math.round(seconds)} s`
    : `no traffic: nothing was written on ${after.source.alias} within ${Math.round(seconds)} s, so there was nothing to copy`
}

function copiedOf({ topics }: StoredStatus): number {
  return topics.flatMap(({ partitions }) => partitions).reduce((sum, { copied }) => sum + (copied ?? 0), 0)
}
