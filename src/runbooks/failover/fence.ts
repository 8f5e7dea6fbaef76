import { messageOf } from '../../errors.js'
import type { Acl } from '../../wire/messages/create-acls.js'
import { askEngine } from '../asking.js'
import type { RunbookContext } from '../context.js'
import { waitForGate } from '../gate.js'
import { engineHasHeard } from '../gates.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'

/** Kept in the journal before they are created, so that exactly these rules go again, whatever happens. */
const RULES_FACT = 'fence-rules'

/** Keeps all producers off the source topics for the time of the switch (`--fence acl`). */
export const fence: Step = {
  name: 'fence',
  title: 'deny Write on the source topics to everyone',
  commands: ["kafka-acls.sh --add --deny-principal 'User:*' --operation Write --topic <each topic>"],
  act: {
    isDone: async () => false, // to create a rule twice changes nothing
    run: async context => {
      const { status, tools, journal } = context
      const topics = (await status()).topics.map(({ sourceTopic }) => sourceTopic)
      // First of all the engine must know: it copies rules, and this one would lock producers out of the target.
      await askEngine({ fencedTopics: topics }, context)
      const heard = await waitForGate(engineHasHeard('the engine knows of the fence'), context)
      if (heard.kind !== 'passed') return heard
      const rules = journal.fact<Acl[]>(RULES_FACT) ?? (await tools.planFence(topics))
      await journal.write({ event: 'fact', name: RULES_FACT, value: rules })
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
  // To remove twice what is gone changes nothing.
  act: { isDone: async () => false, run: removeRules },
}

async function removeRules(context: RunbookContext): Promise<StepOutcome> {
  const { journal, tools } = context
  try {
    await tools.deleteRules(journal.fact<Acl[]>(RULES_FACT) ?? [])
  } catch (error) {
    return {
      kind: 'failed',
      reason: `the rules could not be removed: ${messageOf(error)}`,
      fix: 'They still keep producers off the source. Resume to try again.',
    }
  }
  // Only now: until they are gone the engine could copy them.
  await askEngine({ fencedTopics: [] }, context)
  return PASSED
}
