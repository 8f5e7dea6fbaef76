import { type Command, Option } from 'commander'
import { ExitCode } from '../../errors.js'
import type { StatusVerdict, StoredStatus } from '../../replication/stored-status.js'
import { collecting } from '../argv.js'
import { createReplicator } from '../aws/model.js'
import { addParameterOptions } from '../aws/parameter-options.js'
import { OWN_GROUP } from '../command-groups.js'
import type { StatusReading } from '../engine.js'
import { UsageError } from '../errors.js'
import type { RunRequest } from '../run-replicators.js'
import { type Shell, wantsColor, wantsUnicode } from '../shell.js'
import { isFromFiles, type RunCommandOptions, requestsOf } from './run.js'

const EXAMPLES = `  kafka-replicator status
  kafka-replicator status --replicator-name orders-dr --watch
  kafka-replicator status --replicator-name orders-dr --wide
  kafka-replicator status --output json
`

const DESCRIPTION = `Shows how replicators stand: whether they run and where, the lag of each topic,
what a switch to the target would mean for each consumer group, held partitions
with the reasons, and every recorded gap. It reads the notes on the target and
asks both clusters, so it works from any machine that has the definition,
whether the engine runs or not. It changes nothing. The last lines say whether
the groups may switch, and what is so.`

const AFTER = `
What a cluster does not say within 5 s is unknown (?), never 0. Without a name:
all that are registered here.
Exit codes: 0 it runs, everything is known and nothing is held, 1 it is not so
(held, failed, not running, unknown), 254 a cluster does not answer. With
--watch until Ctrl-C: 0. Consumer groups do not change it; to wait for them
there is kafka-replicator wait --for groups-synced.
`

const EXIT_CODES: Readonly<Record<StatusVerdict, ExitCode>> = {
  unreachable: ExitCode.Service,
  'never-ran': ExitCode.No,
  failed: ExitCode.No,
  silent: ExitCode.No,
  held: ExitCode.No,
  stopped: ExitCode.No,
  'no-topics': ExitCode.No,
  unknown: ExitCode.No,
  copying: ExitCode.Done,
  'caught-up': ExitCode.Done,
}

/** A terminal is looked at; a log is read later, as that of `run`. */
const REDRAW_MS = 2_000
const BLOCK_INTERVAL_MS = 10_000

interface StatusFlags extends RunCommandOptions {
  watch?: true
  wide?: true
  output: 'text' | 'json'
}

interface Watched {
  request: RunRequest
  reading: StatusReading
}

/** `status`: how do they stand? */
export function addStatus(program: Command, shell: Shell): void {
  const command = program
    .command('status')
    .summary('show lags, consumer groups, held partitions and gaps, from any machine')
    .description(DESCRIPTION)
    .helpGroup(OWN_GROUP)
    .addHelpText('before', `Examples:\n${EXAMPLES}`)
    .addHelpText('after', AFTER)
    .addOption(collecting(new Option('--replicator-name <names...>', 'which one; may be given several times')))
    .option('--all', 'all that are registered on this machine (default)')
    .option('--watch', 'again and again until Ctrl-C: every 2 s on a terminal, every 10 s elsewhere')
    .option('--wide', 'a row for each partition, also of the consumer groups')
    .addOption(new Option('--output <format>', 'text or json').choices(['text', 'json']).default('text'))
  command.optionsGroup('Straight from the files, as run takes them:')
  addParameterOptions(command, createReplicator, ['ReplicatorName'])
  command.option('--connections <file>', 'how to reach the clusters, and where secrets are: file://connections.json')
  command.action(async (flags: StatusFlags) => {
    const requests = await requestsOf(withDefault(flags), shell)
    const engine = await shell.engine()
    const watched = requests.map(request => ({ request, reading: engine.openStatus(request.options, shell.clock) }))
    try {
      shell.exitCode = flags.watch ? await watch(watched, flags, shell) : await showOnce(watched, flags, shell)
    } finally {
      for (const { reading } of watched) reading.close()
    }
  })
}

/** Without a name, files or `--all`, all are meant. */
function withDefault(flags: StatusFlags): StatusFlags {
  const names = flags.replicatorName ?? []
  if (names.length > 0 && flags.all) {
    throw new UsageError('argument --all: not together with --replicator-name', { showUsage: true })
  }
  return isFromFiles(flags) || names.length > 0 ? flags : { ...flags, all: true }
}

async function showOnce(watched: readonly Watched[], flags: StatusFlags, shell: Shell): Promise<ExitCode> {
  const statuses = await Promise.all(watched.map(({ reading }) => reading.read()))
  const shown = flags.output === 'json' ? asJson(statuses, 4) : await asText(statuses, watched, flags, shell)
  shell.stdout.write(`${shown}\n`)
  return worst(statuses)
}

/** Ends with the first signal; a reading that is under way then is not waited for. */
async function watch(watched: readonly Watched[], flags: StatusFlags, shell: Shell): Promise<ExitCode> {
  const { Redrawn } = await import('../../ui/redrawn.js')
  const { stdout, clock } = shell
  const stop = new AbortController()
  const stopped = new Promise<undefined>(resolve => stop.signal.addEventListener('abort', () => resolve(undefined)))
  const forgetSignals = shell.onStopSignal(() => stop.abort())
  const redrawn = new Redrawn()
  try {
    while (!stop.signal.aborted) {
      const statuses = await Promise.race([Promise.all(watched.map(({ reading }) => reading.read())), stopped])
      if (statuses === undefined) break
      if (flags.output === 'json') stdout.write(`${asJson(statuses, 0)}\n`)
      else {
        const text = await asText(statuses, watched, flags, shell)
        stdout.write(stdout.isTTY ? redrawn.frame(text, windowOf(shell)) : `${text}\n\n`)
      }
      await clock.sleep(stdout.isTTY && flags.output === 'text' ? REDRAW_MS : BLOCK_INTERVAL_MS, stop.signal)
    }
  } finally {
    forgetSignals()
  }
  return ExitCode.Done
}

/** `{ "replicators": [StoredStatus, …] }`, on one line where more of them follow. */
function asJson(statuses: readonly StoredStatus[], indent: number): string {
  return JSON.stringify({ replicators: statuses }, null, indent)
}

async function asText(
  statuses: readonly StoredStatus[],
  watched: readonly Watched[],
  flags: StatusFlags,
  shell: Shell,
): Promise<string> {
  const { statusScreen } = await import('../../ui/status-screen.js')
  const { width, height, unicode } = windowOf(shell)
  const color = wantsColor(shell, shell.stdout)
  // What is printed once may scroll; what is drawn over itself must fit.
  const fits = flags.watch === true && height !== undefined
  const share = fits ? Math.floor(height / Math.max(1, statuses.length)) : undefined
  const look = { width, height: share, unicode, color, wide: flags.wide === true }
  return statuses
    .map((status, i) => statusScreen(status, { ...look, isRegistered: watched[i]?.request.definition !== undefined }))
    .join('\n\n')
}

function windowOf({ stdout, env }: Shell) {
  return { width: stdout.columns, height: stdout.rows, unicode: wantsUnicode(env) }
}

/** Where not all could be asked, nothing is certain. */
function worst(statuses: readonly StoredStatus[]): ExitCode {
  const codes = statuses.map(({ verdict }) => EXIT_CODES[verdict])
  if (codes.includes(ExitCode.Service)) return ExitCode.Service
  return codes.includes(ExitCode.No) ? ExitCode.No : ExitCode.Done
}
