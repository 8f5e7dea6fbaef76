import { messageOf } from '../../errors.js'
import type { Acl } from '../../wire/messages/create-acls.js'
import type { RunbookContext } from '../context.js'
import { type Gate, waitForGate } from '../gate.js'
import { drained, endsStandStill, groupsSynced, noGroupOnSource } from '../gates.js'
import { handOver } from '../hand-over.js'
import { confirmed, no } from '../outcomes.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'
import { startOnTarget } from './start-on-target.js'

/** Records of each partition that are compared unless `--deep` asks for all. */
const SAMPLED_RECORDS = 1_000

/** A planned failover: nobody writes to the source any more, all of it is on the target, and every group stands exact there. */
export function plannedFailover(name: string, by: string): Step[] {
  return [
    preflight(name),
    {
      name: 'confirm',
      title: 'confirm',
      commands: [],
      check: async context => {
        const { source, target } = context.options
        return confirmed(
          await context.confirm(`Fail over ${name}: applications leave ${source.alias} for ${target.alias}?`),
        )
      },
    },
    fence(by),
    {
      name: 'stop-producers',
      title: 'stop the producers on the source',
      commands: [],
      act: handOver('stop-producers', 'stop-producers', 'Stop the producers on the source.'),
      gate: context => waitForGate(endsStandStill('producers are stopped'), context),
    },
    {
      name: 'drain',
      title: 'wait until everything is on the target',
      commands: [`kafka-replicator wait --replicator-name ${name} --for caught-up`],
      gate: context => waitForGate(drained('drain', context.settings.maxMessageLag), context),
    },
    {
      name: 'stop-consumers',
      title: 'stop the consumers on the source',
      commands: [],
      isNeeded: async context => (await context.status()).groups.verdict.activeOnSource > 0,
      act: handOver('stop-consumers', 'stop-consumers', 'Stop the consumers on the source.'),
      gate: context => waitForGate(noGroupOnSource('consumers are stopped'), context),
    },
    {
      name: 'groups',
      title: 'wait until every group stands on the target where it left off',
      commands: [`kafka-replicator wait --replicator-name ${name} --for groups-synced`],
      gate: context => waitForGate(groupsSynced('groups', context.settings.expectedGroups), context),
    },
    freezeGroups(by),
    verifyCopy(name),
    ...startOnTarget(),
    {
      name: 'unfence',
      title: 'remove the rules that kept producers off',
      commands: [],
      isNeeded: async context => context.journal.fact<Acl[]>(FENCE_FACT) !== undefined,
      act: { isDone: async () => false, run: context => removeFence(context, by) },
    },
  ]
}

function preflight(name: string): Step {
  return {
    name: 'preflight',
    title: 'look whether everything is ready for it',
    commands: [`kafka-replicator status --replicator-name ${name}`],
    check: async context => {
      const status = await context.status()
      await context.evidence.keep('status-before.json', `${JSON.stringify(status, null, 2)}\n`)
      const { source, target, state, totals } = status
      if (target.problem !== null) return no(`the target does not answer: ${target.problem}`)
      if (source.problem !== null) {
        const unplanned = `kafka-replicator failover --unplanned --replicator-name ${name}`
        return no(`the source does not answer: ${source.problem}`, `If it is lost: ${unplanned}`)
      }
      if (state !== 'running') {
        return no(`the replicator does not run (${state})`, `Start it: kafka-replicator run --replicator-name ${name}`)
      }
      if (totals.held === 0) return PASSED
      const fix = `See why: kafka-replicator status --replicator-name ${name}`
      return { kind: 'protected', reason: `${totals.held} partitions are held: their records would be missing`, fix }
    },
  }
}

/** Kept in the journal before they are created, so that exactly these rules go again, whatever happens. */
export const FENCE_FACT = 'fence-rules'

function fence(by: string): Step {
  return {
    name: 'fence',
    title: 'deny Write on the source topics to all but the replicator',
    commands: ["kafka-acls.sh --add --deny-principal 'User:*' --operation Write --topic …"],
    isNeeded: async context => context.settings.fence === 'acl',
    act: {
      isDone: async () => false, // to create a rule twice changes nothing
      run: async context => {
        const topics = (await context.status()).topics.map(({ sourceTopic }) => sourceTopic)
        // First of all the engine must know: it copies rules, and this one would lock producers out of the target.
        await context.tools.control({ fencedTopics: topics }, by)
        const heard = await waitForGate(heardOf('the engine knows of the fence'), context)
        if (heard.kind !== 'passed') return heard
        const rules = context.journal.fact<Acl[]>(FENCE_FACT) ?? (await context.tools.planFence(topics))
        await context.journal.write({ event: 'fact', name: FENCE_FACT, value: rules })
        await context.tools.createRules(rules)
        return PASSED
      },
    },
  }
}

/** Removes what `fence` added, and nothing else; for the end of a switch, and when it is given up. */
export async function removeFence(context: RunbookContext, by: string): Promise<StepOutcome> {
  const rules = context.journal.fact<Acl[]>(FENCE_FACT)
  if (rules === undefined) return PASSED
  try {
    await context.tools.deleteRules(rules)
  } catch (error) {
    return {
      kind: 'failed',
      reason: `the fence could not be removed: ${messageOf(error)}`,
      fix: 'Resume to try again.',
    }
  }
  await context.tools.control({ fencedTopics: [] }, by)
  return PASSED
}

/** From now on no offset is moved on the target: what a consumer commits there is not overtaken by anything. */
export function freezeGroups(by: string): Step {
  return {
    name: 'freeze-groups',
    title: 'freeze the offsets of the groups',
    commands: [],
    isNeeded: async context => (await context.status()).groups.mode !== 'off',
    act: {
      isDone: async () => false, // to ask twice changes nothing
      run: async context => {
        await context.tools.control({ groupSync: 'frozen' }, by)
        return PASSED
      },
    },
    gate: context => waitForGate(heardOf('groups are frozen'), context),
  }
}

/** An engine hears within a few seconds of what is asked of it; one that does not run asks before it begins. */
function heardOf(title: string): Gate {
  return {
    title,
    threshold: 'the engine has heard of it',
    shows: { kind: 'replicator' },
    lacking: ({ state, groups }) =>
      state === 'running' && !groups.frozenHeard ? 'the engine has not heard of it yet' : undefined,
  }
}

function verifyCopy(name: string): Step {
  return {
    name: 'verify',
    title: 'compare both clusters',
    commands: [`kafka-replicator verify --replicator-name ${name} --last ${SAMPLED_RECORDS}`],
    check: async context => {
      const result = await context.tools.verify(context.settings.deepVerify ? undefined : SAMPLED_RECORDS)
      await context.evidence.keep('verify.json', `${JSON.stringify(result, null, 2)}\n`)
      if (result.verdict === 'equal') {
        await context.say(`equal: ${result.recordsEqual} records compared`)
        return PASSED
      }
      const reason = `the copy is not proven: ${result.verdict}`
      return { kind: 'protected', reason, fix: `See what differs: kafka-replicator verify --replicator-name ${name}` }
    },
  }
}
