import { type Command, Option } from 'commander'
import type { DoctorReport } from '../../doctor/finding.js'
import { ExitCode } from '../../errors.js'
import { createReplicator } from '../aws/model.js'
import { addParameterOptions } from '../aws/parameter-options.js'
import { OWN_GROUP } from '../command-groups.js'
import { UsageError } from '../errors.js'
import { type Shell, wantsColor, wantsUnicode } from '../shell.js'
import { isFromFiles, requestsOf } from './run.js'

const EXAMPLES = `  kafka-replicator doctor --replicator-name orders-dr
  kafka-replicator doctor --replicator-name orders-dr --output json

  Before it is registered, straight from the files:
  kafka-replicator doctor --replicator-name orders-dr \\
    --service-execution-role-arn arn:aws:iam::123456789012:role/r \\
    --kafka-clusters file://kafka-clusters.json \\
    --replication-info-list file://replication-info.json
`

const DESCRIPTION = `Examines both clusters as the replicator would use them, before it runs or
while it does: each broker, certificates, logins, cluster ids, versions, every
right that is needed, the selected topics of both sides, consumer groups,
quotas, clocks, and whether the source is about to delete what is not copied
yet. Each finding says why it matters and what mends it. It writes nothing to
the clusters and ends within 30 s, also when one of them hangs.`

const AFTER = `
What cannot be asked is unknown (?), and never counts as good.
Exit codes: 0 no error (there may be warnings and unknowns), 1 an error,
252 wrong usage, 253 a file cannot be read, 254 what the files say is refused.
`

interface DoctorFlags extends Record<string, unknown> {
  replicatorName?: string
  connections?: string
  output: 'text' | 'json'
}

/** `doctor`: will it work? */
export function addDoctor(program: Command, shell: Shell): void {
  const command = program
    .command('doctor')
    .summary('examine both clusters before a replicator runs: each finding with its fix')
    .description(DESCRIPTION)
    .helpGroup(OWN_GROUP)
    .addHelpText('before', `Examples:\n${EXAMPLES}`)
    .addHelpText('after', AFTER)
    .option('--replicator-name <name>', 'which replicator')
    .addOption(new Option('--output <format>', 'text or json').choices(['text', 'json']).default('text'))
  command.optionsGroup('Straight from the files, as run takes them:')
  addParameterOptions(command, createReplicator, ['ReplicatorName'])
  command.option('--connections <file>', 'how to reach the clusters, and where secrets are: file://connections.json')
  command.action(async (flags: DoctorFlags) => {
    const { replicatorName } = flags
    if (replicatorName === undefined && !isFromFiles(flags)) {
      throw new UsageError('the following arguments are required: --replicator-name, or the files', { showUsage: true })
    }
    const given = { ...flags, replicatorName: replicatorName === undefined ? [] : [replicatorName] }
    const [request] = await requestsOf(given, shell)
    if (request === undefined) throw new Error('a name that is not registered came through')
    const report = await (await shell.engine()).examine(request.options, shell.clock)
    const isRegistered = request.definition !== undefined
    shell.stdout.write(
      flags.output === 'json' ? `${JSON.stringify(report, null, 4)}\n` : await asText(report, isRegistered, shell),
    )
    shell.exitCode = report.counts.error > 0 ? ExitCode.No : ExitCode.Done
  })
}

async function asText(report: DoctorReport, isRegistered: boolean, shell: Shell): Promise<string> {
  const { doctorScreen } = await import('../../ui/doctor-screen.js')
  const next = isRegistered
    ? `kafka-replicator run --replicator-name ${report.replicatorName}`
    : 'kafka-replicator create-replicator or run, with the same files'
  const { stdout, env } = shell
  return doctorScreen(report, {
    ...{ width: stdout.columns, color: wantsColor(shell, stdout), unicode: wantsUnicode(env), next },
  })
}
