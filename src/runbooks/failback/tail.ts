import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import { askEngine } from '../asking.js'
import type { RunbookContext } from '../context.js'
import { counted, inWords } from '../counted.js'
import { waitForGate } from '../gate.js'
import { drained } from '../gates.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'
import { forwardRuns } from './forward-runs.js'

/**
 * What becomes of the tail of an unplanned failover. `copy`: it is copied now, behind what was written on the secondary
 * since · `leave`: it stays on the primary, before what comes from the secondary.
 */
export type TailChoice = 'copy' | 'leave'

/** Source records that had not crossed when the primary was lost, and were found when it came back. */
export interface Tail {
  offsets: number
  topics: { sourceTopic: string; offsets: number }[]
}

const TAIL_FACT = 'tail'
const NAMED_MAX = 10

/** What the forward replicator has not copied; undefined where that is not known. */
export function tailOf({ totals, topics }: StoredStatus): Tail | undefined {
  if (totals.lag === null) return undefined
  const perTopic = topics.map(({ sourceTopic, partitions }) => ({
    sourceTopic,
    offsets: partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
  }))
  return { offsets: totals.lag, topics: perTopic.filter(({ offsets }) => offsets > 0) }
}

/** Sees whether records were left behind on the primary, and what the operator wants of them. */
export function decideTail({ name, source }: ReplicatorOptions, choice: TailChoice | undefined): Step {
  return {
    name: 'tail',
    title: `see whether records were left behind on ${source.alias}`,
    commands: [`kafka-replicator status --replicator-name ${name}`],
    check: async context => {
      const status = await context.status()
      // What a replicator copies that nobody has stopped is on its way.
      if (status.stoppedBy === null && status.state === 'running') return await noTail(context)
      const tail = tailOf(status)
      if (tail === undefined) {
        const reason = `what was left behind on ${status.source.alias} is not known`
        return { kind: 'no', reason, fix: `See why with:\nkafka-replicator status --replicator-name ${name}` }
      }
      if (tail.offsets === 0) return await noTail(context)
      await context.evidence.keep('tail.json', `${JSON.stringify(tail, null, 2)}\n`)
      await context.say(describeTail(tail, status))
      if (choice === undefined) return undecided(tail, status)
      await context.journal.write({ event: 'fact', name: TAIL_FACT, value: { ...tail, choice } })
      return PASSED
    },
  }
}

/** Copies the tail behind what is on the secondary: there the groups read it, as everything else. */
export function copyTail({ name, target }: ReplicatorOptions): Step {
  return {
    name: 'copy-tail',
    title: `copy what was left behind to ${target.alias}`,
    commands: [
      `kafka-replicator run --replicator-name ${name} --resume-copying`,
      `kafka-replicator wait --replicator-name ${name} --for caught-up`,
    ],
    isNeeded: async context => decidedTail(context)?.choice === 'copy',
    act: {
      isDone: async () => false, // to ask twice changes nothing
      run: async context => {
        await askEngine({ copying: 'on' }, context)
        return PASSED
      },
    },
    gate: async context => {
      const running = await forwardRuns(context)
      return running.kind === 'passed'
        ? await waitForGate(drained('copy of the tail', { maxMessageLag: 0 }), context)
        : running
    },
  }
}

/** What was found, and what was decided about it; undefined where nothing was left behind. */
export function decidedTail({ journal }: RunbookContext): (Tail & { choice: TailChoice }) | undefined {
  return journal.fact<Tail & { choice: TailChoice }>(TAIL_FACT)
}

async function noTail({ say }: RunbookContext): Promise<StepOutcome> {
  await say('nothing was left behind')
  return PASSED
}

function describeTail({ offsets, topics }: Tail, { source, target }: StoredStatus): string {
  const named = topics.slice(0, NAMED_MAX).map(({ sourceTopic, offsets }) => `  ${sourceTopic}: ${inWords(offsets)}`)
  const more = topics.length > NAMED_MAX ? [`  and ${topics.length - NAMED_MAX} more topics (tail.json)`] : []
  return [
    `${counted(offsets, 'offset')} of ${source.alias} had not crossed to ${target.alias} when the applications left:`,
    ...named,
    ...more,
  ].join('\n')
}

function undecided({ offsets }: Tail, { source, target }: StoredStatus): StepOutcome {
  return {
    kind: 'person',
    reason: `${counted(offsets, 'offset')} ${offsets === 1 ? 'was' : 'were'} left behind on ${source.alias}, and what was written on ${target.alias} since does not know of them`,
    fix: [
      'Decide what becomes of them:',
      `  --tail copy   they are copied to ${target.alias} now, behind what was written there; groups read them there`,
      `  --tail leave  they stay on ${source.alias}, before what comes from ${target.alias}; groups read on from there, and read again what they have read behind it`,
    ].join('\n'),
    goOn: [
      { text: `To copy them to ${target.alias}, go on with:`, flags: '--tail copy' },
      { text: `To leave them on ${source.alias}, go on with:`, flags: '--tail leave' },
    ],
  }
}
