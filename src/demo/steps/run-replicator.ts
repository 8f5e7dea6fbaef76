import { ExitCode, UserError } from '../../errors.js'
import { waitUntil } from '../../local-kafka/wait-until.js'
import { REPLICATOR } from '../files.js'
import type { Step } from '../step.js'
import type { DemoWorld } from '../world.js'

/** It connects in a second; two busy cores take some more. */
const RUNNING_TIMEOUT_MS = 60_000
const POLL_MS = 300

const ASK_STATE =
  'kafka-replicator describe-replicator --replicator-arn $ARN \\\n  --query ReplicatorState --output text'

/** Starts the engine and waits until it says that it runs. */
export const runReplicator: Step = {
  title: 'Run it',
  explain:
    'The engine, in the background so that this terminal stays free. In the foreground of a terminal it would show a live table of lags instead of these lines.',
  async act(world) {
    const engine = await world.typeInBackground(`kafka-replicator run --replicator-name ${REPLICATOR}`)
    const state = await world.narrator.during('it connects to both clusters', () => untilRunning(world))
    world.narrator.output(engine.takeOutput())
    world.narrator.command(ASK_STATE)
    world.narrator.output(state)
  },
}

async function untilRunning(world: DemoWorld): Promise<string> {
  const { background, clock } = world
  const options = { timeoutMs: RUNNING_TIMEOUT_MS, intervalMs: POLL_MS, clock }
  const state = await waitUntil(async () => {
    if (background.hasEnded) throw notRunning(`ended while it started:\n${background.takeOutput()}`)
    const { output } = await world.run(ASK_STATE)
    return output.trim() === 'RUNNING' ? output : undefined
  }, options)
  if (state !== undefined) return state
  throw notRunning(`did not run within ${RUNNING_TIMEOUT_MS / 1000} s:\n${background.takeOutput()}`)
}

function notRunning(what: string): UserError {
  return new UserError(`The replicator ${what.trimEnd()}`, {
    exitCode: ExitCode.NotReached,
    fix: 'Is the machine very busy? Then try again when it is not.',
  })
}
