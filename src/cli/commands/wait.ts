import { type Command, Option } from 'commander'
import { ExitCode } from '../../errors.js'
import { plainLine } from '../../ui/plain-text.js'
import { collecting, wholeNumber } from '../argv.js'
import { createReplicator } from '../aws/model.js'
import { addParameterOptions } from '../aws/parameter-options.js'
import { OWN_GROUP } from '../command-groups.js'
import { UsageError } from '../errors.js'
import type { RunRequest } from '../run-replicators.js'
import type { Shell } from '../shell.js'
import type { WaitGoal } from '../wait-goals.js'
import type { WaitOptions, WaitResult } from '../wait-until.js'
import { type RunCommandOptions, requestsOf } from './run.js'

const EXAMPLES = `  kafka-replicator wait --replicator-name orders-dr --for running --timeout 60
  kafka-replicator wait --replicator-name orders-dr --for caught-up \\
    && ./switch-over.sh
  kafka-replicator wait --replicator-name orders-dr --for groups-synced \\
    --output json
`

const DESCRIPTION = `For scripts: waits until replicators are what is asked for. It looks as status
does, from any machine, and changes nothing. What is missing is told on
standard error whenever that changes; standard output has one line at the end.
Several replicators are waited for together.

  running        the engine has been heard of within seconds
  caught-up      it runs, every lag is known and all of them together are within
                 --max-lag, and no partition is held
  groups-synced  every selected consumer group begins on the target where it
                 left off on the source (synced), or is active or ahead there, and no
                 record would be read again`

const AFTER = `
What is unknown (?), or of a cluster that does not answer, is never good
enough: it goes on waiting.
Exit codes: 0 reached, 4 not reached before the timeout, 130 interrupted, 252
wrong usage, or groups that are not synchronised at all.
`

const EXIT_CODES: Readonly<Record<WaitResult['outcome'], ExitCode>> = {
  reached: ExitCode.Done,
  'timed-out': ExitCode.NotReached,
  interrupted: ExitCode.Interrupted,
}

const GOALS: readonly WaitGoal[] = ['running', 'caught-up', 'groups-synced']

interface WaitFlags extends RunCommandOptions {
  for?: WaitGoal
  maxLag?: string
  samples: string
  interval: string
  timeout: string
  output: 'text' | 'json'
}

/** `wait`: go on when they are so. */
export function addWait(program: Command, shell: Shell): void {
  const command = program
    .command('wait')
    .summary('wait until a replicator runs, has caught up or has synced its groups')
    .description(DESCRIPTION)
    .helpGroup(OWN_GROUP)
    .addHelpText('before', `Examples:\n${EXAMPLES}`)
    .addHelpText('after', AFTER)
    .addOption(collecting(new Option('--replicator-name <names...>', 'which one; may be given several times')))
    .option('--all', 'all that are registered on this machine')
    .addOption(new Option('--for <goal>', 'what to wait for').choices(GOALS))
    .option('--max-lag <offsets>', 'caught-up: source offsets that may be still to copy, all partitions together (0)')
    .option('--samples <number>', 'so many looks one after the other must find it so', '3')
    .option('--interval <seconds>', 'between two looks', '5')
    .option('--timeout <seconds>', 'give up after', '3600')
    .addOption(new Option('--output <format>', 'text or json').choices(['text', 'json']).default('text'))
  command.optionsGroup('Straight from the files, as run takes them:')
  addParameterOptions(command, createReplicator, ['ReplicatorName'])
  command.option('--connections <file>', 'how to reach the clusters, and where secrets are: file://connections.json')
  command.action(async (flags: WaitFlags) => {
    const options = waitOptionsOf(flags)
    const requests = await requestsOf(flags, shell)
    if (options.goal === 'groups-synced') refuseWithoutGroups(requests)
    const { waitUntil } = await import('../wait-until.js')
    const engine = await shell.engine()
    const readings = requests.map(request => engine.openStatus(request.options, shell.clock))
    try {
      const result = await waitUntil(readings, options, shell)
      if (result.outcome !== 'interrupted') shell.stdout.write(shown(result, options, flags))
      shell.exitCode = EXIT_CODES[result.outcome]
    } finally {
      for (const reading of readings) reading.close()
    }
  })
}

function waitOptionsOf({ for: goal, maxLag, samples, interval, timeout }: WaitFlags): WaitOptions {
  if (goal === undefined) {
    throw new UsageError('the following arguments are required: --for', { showUsage: true })
  }
  if (maxLag !== undefined && goal !== 'caught-up') {
    throw new UsageError('argument --max-lag: only with --for caught-up', { showUsage: true })
  }
  return {
    goal,
    maxLag: maxLag === undefined ? 0 : wholeNumber('--max-lag', maxLag, { most: 999_999_999_999 }),
    samples: wholeNumber('--samples', samples, { least: 1 }),
    intervalMs: 1_000 * wholeNumber('--interval', interval, { least: 1 }),
    timeoutMs: 1_000 * wholeNumber('--timeout', timeout),
  }
}

/** Their state would never change, so a script would wait for nothing. */
function refuseWithoutGroups(requests: readonly RunRequest[]): void {
  const without = requests.find(({ options }) => !options.groups.synchronise)
  if (without === undefined) return
  const name = without.options.name
  throw new UsageError(
    `argument --for: ${name} does not synchronise consumer groups, so there is nothing to wait for`,
    {
      fix: 'Set SynchroniseConsumerGroupOffsets to true in its ConsumerGroupReplication, or wait for caught-up.',
    },
  )
}

/** The last line says how it ended; `{ "reached": true, "replicators": [StoredStatus, …] }` for scripts. */
function shown({ outcome, statuses, missing, good }: WaitResult, options: WaitOptions, flags: WaitFlags): string {
  const reached = outcome === 'reached'
  if (flags.output === 'json') return `${JSON.stringify({ reached, replicators: statuses }, null, 4)}\n`
  const { goal, samples, timeoutMs } = options
  const names = statuses.map(({ replicatorName }) => plainLine(replicatorName)).join(', ')
  if (reached) return `reached: ${names} ${goal} (${samples} of ${samples} samples)\n`
  const lacking = missing || `${good} of ${samples} samples`
  // Of several, what is missing says which.
  const who = statuses.length === 1 ? `${names} ` : ''
  return `timed out after ${timeoutMs / 1_000} s: ${who}not ${goal}: ${lacking}\n`
}
