import type { RunbookContext } from '../context.js'
import { counted } from '../counted.js'
import { fenceRule, removalCommand } from '../fence-rules.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'
import { removeRules } from './fence.js'

/** A command with more topics than these is for a file. */
const NAMED_MAX = 10

/**
 * A failover that began as a planned one has put its fence up on a source that was lost then: the rules are there when it
 * comes back, and nobody can remove them before. Said last, and kept for the report.
 */
export const tellLeftFence: Step = {
  name: 'fence-left',
  title: 'see whether rules that keep producers off are left behind',
  commands: [],
  isNeeded: hasDeniedTopics,
  check: tell,
}

async function tell({ status, options, journal, evidence, say }: RunbookContext): Promise<StepOutcome> {
  const { deniedTopics } = await status()
  const { alias, bootstrapBrokers } = options.source
  const command = removalCommand(bootstrapBrokers, deniedTopics)
  await evidence.keep('fence-left.txt', `${command}\n`)
  await journal.write({ event: 'fact', name: 'fence-left', value: { cluster: alias, topics: deniedTopics, command } })
  await say(
    [
      `producers are still denied Write on ${counted(deniedTopics.length, 'topic')} of ${alias}: its rules can be removed only when it is back.`,
      'Failback does so then; by hand:',
      deniedTopics.length > NAMED_MAX ? '  the command in fence-left.txt' : `  ${command}`,
    ].join('\n'),
  )
  return PASSED
}

/** At home again, producers must be able to write, and so must the replicator that brings the records there. */
export function removeLeftFence(home: string): Step {
  return {
    name: 'remove-fence',
    title: `remove the rules that a failover has left on ${home}`,
    commands: [],
    isNeeded: hasDeniedTopics,
    act: {
      isDone: async () => false, // to remove twice what is gone changes nothing
      run: async context => await removeRules((await context.status()).deniedTopics.map(fenceRule), context),
    },
  }
}

async function hasDeniedTopics({ status }: RunbookContext): Promise<boolean> {
  return (await status()).deniedTopics.length > 0
}
