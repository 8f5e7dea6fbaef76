import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import { counted } from '../counted.js'
import { type Gate, waitForGate } from '../gate.js'
import { drained, endsOf, engineHasHeard } from '../gates.js'
import { PASSED, type Step } from '../step.js'
import { forwardRuns } from './forward-runs.js'

/** What is copied from now on comes from the primary again, and groups follow. */
export function releaseForward(name: string): Step {
  return {
    name: 'release',
    title: `let ${name} copy and move groups again`,
    commands: [`kafka-replicator run --replicator-name ${name} --resume-copying`],
    act: {
      isDone: async () => false, // to ask twice changes nothing
      run: async ({ tools, by }) => {
        await tools.control({ groupSync: 'on', copying: 'on' }, by)
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
    ...drained(`${name} runs`, Number.POSITIVE_INFINITY),
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
      if (outcome.kind === 'passed') await context.say(throughput(before, await context.status()))
      return outcome
    },
  }
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
function throughput(before: StoredStatus, after: StoredStatus): string {
  const offsets = copiedOf(after) - copiedOf(before)
  const seconds = (Date.parse(after.at) - Date.parse(before.at)) / 1_000
  return offsets > 0
    ? `it copies: ${counted(offsets, 'offset')} of ${after.source.alias} within ${Math.round(seconds)} s`
    : `no traffic: nothing was written on ${after.source.alias} within ${Math.round(seconds)} s, so there was nothing to copy`
}

function copiedOf({ topics }: StoredStatus): number {
  return topics.flatMap(({ partitions }) => partitions).reduce((sum, { copied }) => sum + (copied ?? 0), 0)
}
