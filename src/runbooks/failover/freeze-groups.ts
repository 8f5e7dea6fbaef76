import { askEngine } from '../asking.js'
import { waitForGate } from '../gate.js'
import { engineHasHeard } from '../gates.js'
import { PASSED, type Step } from '../step.js'

/** From now on no offset is moved on the target: what a consumer commits there is not overtaken by anything. */
export const freezeGroups: Step = {
  name: 'freeze-groups',
  title: 'freeze the offsets of the groups',
  commands: [],
  isNeeded: async ({ options }) => options.groups.synchronise,
  act: {
    isDone: async () => false, // to ask twice changes nothing
    run: async context => {
      await askEngine({ groupSync: 'frozen' }, context)
      return PASSED
    },
  },
  gate: context => waitForGate(engineHasHeard('groups are frozen'), context),
}
