import type { clusterTools } from '../../../src/runbooks/cluster-tools.ts'
import { askedBy, changedControl, claimedControl, releasedControl } from '../../../src/runbooks/control.ts'
import { fenceRule } from '../../../src/runbooks/fence-rules.ts'
import type { VerificationResult } from '../../../src/verification/verification-result.ts'
import type { ScreenWorld } from './world.ts'

type ClusterTools = typeof clusterTools

let world: ScreenWorld | undefined

/** What runbooks do from now on, they do to this world. */
export function playIn(played: ScreenWorld): void {
  world = played
}

/** Brokers take no part: what is asked of them is done, and what is compared is equal. */
export const worldTools: ClusterTools = ({ name, source }) => {
  const there = world as ScreenWorld
  return {
    asked: async () => {
      const note = there.notes[name]
      return note === undefined ? null : askedBy(note)
    },
    claim: async (by, takesOver) => there.note(name, before => claimedControl(before, by, takesOver, there.now)),
    letGo: async by => there.note(name, before => releasedControl(before, by)),
    control: async (change, by, inNameOf = by) =>
      there.note(name, before => changedControl(before, change, { by, inNameOf, now: there.now })),
    verify: async () => ({ verdict: 'equal', recordsEqual: 3_204 }) as VerificationResult,
    writeHeartbeat: async () => ({ offset: there.beat(source.alias) }),
    planFence: async topics => topics.map(fenceRule),
    createRules: async () => {},
    deleteRules: async () => {},
  }
}
