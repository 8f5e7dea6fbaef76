import { type Command, Option } from 'commander'
import { ExitCode } from '../../errors.js'
import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { Verdict } from '../../verification/verification-result.js'
import type { VerifyProgress } from '../../verification/verify-replicator.js'
import { wholeNumber } from '../argv.js'
import { createReplicator } from '../aws/model.js'
import { addParameterOptions } from '../aws/parameter-options.js'
import { OWN_GROUP } from '../command-groups.js'
import { UsageError } from '../errors.js'
import { type Shell, wantsColor, wantsUnicode } from '../shell.js'
import { isFromFiles, namedDefinitions } from './run.js'

const EXAMPLES = `  kafka-replicator verify --replicator-name orders-dr
  kafka-replicator verify --replicator-name orders-dr --topics 'orders\\..*' \\
    --up-to-copied
  kafka-replicator verify --replicator-name orders-dr --output json
`

const DESCRIPTION = `Reads both clusters and proves for each partition that the target holds exactly the committed source
records, in order, byte for byte, once. It changes nothing and may run beside the replicator.
Records of other producers on the target are left out and counted, and so are records on the source that came from the
target, which must not travel back. What the replicator has recorded as left out is expected to be absent, and shown.
Contents are never shown, only sizes and hashes.`

const AFTER = `
Exit codes: 0 equal, 1 not equal or not everything is copied yet, 5 what came
from the target cannot be told, 254 a broker could not be read.
`

/** Where nothing was proven wrong, but a log could not be read, the fault is the cluster's. */
const EXIT_CODES: Readonly<Record<Verdict, ExitCode>> = {
  equal: ExitCode.Done,
  behind: ExitCode.No,
  different: ExitCode.No,
  unread: ExitCode.Service,
}

/** A terminal's line is drawn again at most so often. */
const REDRAW_MS = 200

interface VerifyFlags extends Record<string, unknown> {
  replicatorName?: string
  connections?: string
  topics?: string[]
  upToCopied?: true
  strictTarget?: true
  last?: string
  differences: string
  output: 'text' | 'json'
}

/** `verify`: is the target what it should be? */
export function addVerify(program: Command, shell: Shell): void {
  const command = program
    .command('verify')
    .summary('prove that the target holds the source records, in order, byte for byte, once')
    .description(DESCRIPTION)
    .helpGroup(OWN_GROUP)
    .addHelpText('before', `Examples:\n${EXAMPLES}`)
    .addHelpText('after', AFTER)
    .option('--replicator-name <name>', 'which replicator')
    .option('--topics <patterns...>', 'only those of its source topics that match')
    .option('--up-to-copied', 'what is not copied yet is no difference')
    .option('--strict-target', 'records of other producers on the target are differences')
    .option('--last <number>', 'only so many records of each partition, the last ones that were copied (default: all)')
    .option('--differences <number>', 'how many to show of each partition', '5')
    .addOption(new Option('--output <format>', 'text or json').choices(['text', 'json']).default('text'))
  command.optionsGroup('Straight from the files, as run takes them:')
  addParameterOptions(command, createReplicator, ['ReplicatorName'])
  command.option('--connections <file>', 'how to reach the clusters, and where secrets are: file://connections.json')
  command.action(async (flags: VerifyFlags) => {
    const options = await replicatorOptions(flags, shell)
    const lastRecords = flags.last === undefined ? undefined : wholeNumber('--last', flags.last)
    const differencesPerPartition = wholeNumber('--differences', flags.differences)
    const { verifyReplicator } = await import('../../verification/verify-replicator.js')
    const { verificationReport } = await import('../../ui/verification-report.js')
    const line = progressLine(shell)
    const result = await verifyReplicator(
      options,
      {
        topics: flags.topics ?? [],
        upToCopied: flags.upToCopied === true,
        strictTarget: flags.strictTarget === true,
        differencesPerPartition,
        lastRecords,
        onProgress: line.show,
      },
      shell.clock,
    ).finally(line.clear)
    const look = { color: wantsColor(shell, shell.stdout), unicode: wantsUnicode(shell.env) }
    const asJson = () => `${JSON.stringify(result, null, 4)}\n`
    shell.stdout.write(flags.output === 'json' ? asJson() : verificationReport(result, look))
    shell.exitCode = EXIT_CODES[result.verdict]
  })
}

async function replicatorOptions(flags: VerifyFlags, shell: Shell): Promise<ReplicatorOptions> {
  if (isFromFiles(flags)) {
    const { requestFromFiles } = await import('../request-from-files.js')
    return (await requestFromFiles(flags, {}, shell)).options
  }
  if (flags.replicatorName === undefined) {
    throw new UsageError('the following arguments are required: --replicator-name, or the files', { showUsage: true })
  }
  if (flags.connections !== undefined) {
    throw new UsageError('argument --connections: a registered replicator has its own', {
      fix: 'Verify straight from the files instead.',
    })
  }
  const { optionsOf } = await import('../replicator-states.js')
  const [definition] = await namedDefinitions([flags.replicatorName], shell)
  if (definition === undefined) throw new Error('a name that is not registered came through')
  return await optionsOf(definition, {}, shell.env)
}

/** How far it is, on one line of a terminal; nothing where nobody looks. */
function progressLine({ stderr, clock }: Shell): { show(progress: VerifyProgress): void; clear(): void } {
  if (!stderr.isTTY) return { show: () => {}, clear: () => {} }
  let last = Number.NEGATIVE_INFINITY
  return {
    show: ({ partitionsDone, partitions, records, bytes }) => {
      if (clock.monotonic() - last < REDRAW_MS) return
      last = clock.monotonic()
      const megabytes = Math.round(bytes / 1e6)
      stderr.write(
        `\r\x1b[Kreading: ${records} records, ${megabytes} MB, ${partitionsDone} of ${partitions} partitions`,
      )
    },
    clear: () => stderr.write('\r\x1b[K'),
  }
}
