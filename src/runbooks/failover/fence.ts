import { messageOf } from '../../errors.js'
import { HEARTBEAT_TOPIC } from '../../policy/topic-patterns.js'
import type { Acl } from '../../wire/messages/create-acls.js'
import { askEngine } from '../asking.js'
import type { RunbookContext } from '../context.js'
import { fenceRule } from '../fence-rules.js'
import { waitForGate } from '../gate.js'
import { engineHasHeard } from '../gates.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'

/** Kept in the journal before they are created, so that exactly these rules go again, whatever happens. */
const RULES_FACT = 'fence-rules'

/** `cluster` is how people call it. */
export function titleOfFence(cluster: string): string {
  return `deny Write on the topics of ${cluster} to everyone`
}

/** Keeps all producers off the source topics for the time of the switch (`--fence acl`). */
export const fence: Step = {
  name: 'fence',
  title: titleOfFence('the source'),
  commands: ["kafka-acls.sh --add --deny-principal 'User:*' --operation Write --topic <each topic>"],
  act: {
    isDone: async () => false, // to create a rule twice changes nothing
    run: async context => {
      const { status, tools, journal } = context
      const { topics, deniedTopics } = await status()
      // Of heartbeats we are the only producer.
      const names = topics.map(({ sourceTopic }) => sourceTopic).filter(name => name !== HEARTBEAT_TOPIC)
      // What another run has left there is ours too, and goes with the rest.
      const left = deniedTopics.map(fenceRule)
      const rules = journal.fact<Acl[]>(RULES_FACT) ?? [...left, ...(await tools.planFence(names))]
      await journal.write({ event: 'fact', name: RULES_FACT, value: rules })
      // First of all the engine must know: it copies rules, and this one would lock producers out of the target.
      await askEngine({ fencedTopics: names, deniedTopics: rules.map(({ topic }) => topic) }, context)
      const heard = await waitForGate(engineHasHeard('the engine knows of the fence'), context)
      if (heard.kind !== 'passed') return heard
      await tools.createRules(rules)
      return PASSED
    },
  },
}

/** Removes what `fence` added, and nothing else; for the end of a switch, and when it is given up. */
export const unfence: Step = {
  name: 'unfence',
  title: 'remove the rules that kept producers off',
  commands: [],
  isNeeded: async ({ journal }) => journal.hasActed(fence.name),
  act: {
    isDone: async () => false, // to remove twice what is gone changes nothing
    run: context => removeRules(context.journal.fact<Acl[]>(RULES_FACT) ?? [], context),
  },
}

/** Removes the rules and then forgets them, so that they are known as long as they are there. */
export async function removeRules(rules: readonly Acl[], context: RunbookContext): Promise<StepOutcome> {
  const { tools, options } = context
  try {
    await tools.deleteRules(rules)
  } catch (error) {
    return {
      kind: 'failed',
      reason: `the rules could not be removed: ${messageOf(error)}`,
      fix: `They still keep producers off ${options.source.alias}. Resume to try again.`,
    }
  }
  // Only now: until they are gone the engine could copy them.
  await askEngine({ fencedTopics: [], deniedTopics: [] }, context)
  return PASSED
}
