import { ExitCode, UserError } from '../../errors.js'
import { waitUntil } from '../../local-kafka/wait-until.js'
import { GROUP, REPLICATOR } from '../files.js'
import type { Step } from '../step.js'
import type { DemoWorld } from '../world.js'

/** A commit is on the target within a second or two; two busy cores take some more. */
const SYNCED_TIMEOUT_MS = 60_000
const POLL_MS = 300

const STATUS = `kafka-replicator status --replicator-name ${REPLICATOR}`

/** What one asks before an application changes sides. */
export const askForGroups: Step = {
  title: 'May the application move?',
  explain:
    'The replicator keeps each group on the target where it stands on the source: at the first record that it has not consumed. Status counts what would be read again if the application moved now.',
  async act(world) {
    await world.narrator.during('', () => untilSynced(world))
    await world.type(STATUS)
  },
}

async function untilSynced(world: DemoWorld): Promise<void> {
  const options = { timeoutMs: SYNCED_TIMEOUT_MS, intervalMs: POLL_MS, clock: world.clock }
  if (await waitUntil(async () => ((await isSafeToSwitch(world)) ? true : undefined), options)) return
  throw new UserError(`Group ${GROUP} is not on the target after ${SYNCED_TIMEOUT_MS / 1000} s.`, {
    exitCode: ExitCode.NotReached,
    fix: 'Is the machine very busy? Then try again when it is not.',
  })
}

async function isSafeToSwitch(world: DemoWorld): Promise<boolean> {
  const { exitCode, output } = await world.run(`${STATUS} --output json`)
  if (exitCode !== ExitCode.Done) return false
  const { replicators }: { replicators: { groups: { verdict: { safeToSwitch: boolean | null } } }[] } =
    JSON.parse(output)
  return replicators.every(({ groups }) => groups.verdict.safeToSwitch === true)
}
