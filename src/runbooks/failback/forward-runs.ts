import type { RunbookContext } from '../context.js'
import { PASSED, type StepOutcome } from '../step.js'

/** Sees that the forward replicator runs; where it does not, a person has to start it: it outlives the runbook. */
export async function forwardRuns({ status, options, ask, say }: RunbookContext): Promise<StepOutcome> {
  if ((await status()).state === 'running') return PASSED
  const command = `kafka-replicator run --replicator-name ${options.name}`
  await say(`${options.name} does not run. Start it, and leave it running:\n  ${command}`)
  const answer = await ask('Does it run?')
  if (answer === 'interrupted') return { kind: 'interrupted' }
  // Whether that is so, the gate behind it sees.
  if (answer === 'yes') return PASSED
  return { kind: 'person', reason: `${options.name} has to run`, fix: `Start it with this, then resume:\n${command}` }
}
