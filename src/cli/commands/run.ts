import { type Command, Option } from 'commander'
import { ExitCode, UserError } from '../../errors.js'
import { collecting } from '../argv.js'
import { createReplicator } from '../aws/model.js'
import { addParameterOptions } from '../aws/parameter-options.js'
import { OWN_GROUP } from '../command-groups.js'
import { UsageError } from '../errors.js'
import { namespaceOf } from '../open-cloudwatch.js'
import { openMetrics } from '../open-metrics.js'
import { addRunOptions, overridesOf, type RunOptions } from '../run-options.js'
import type { RunRequest } from '../run-replicators.js'
import type { Shell } from '../shell.js'

const EXAMPLES = `  kafka-replicator run --replicator-name orders-dr
  kafka-replicator run --all

  Without registering it, straight from the files:
  kafka-replicator run --replicator-name orders-dr \\
    --service-execution-role-arn arn:aws:iam::123456789012:role/r \\
    --kafka-clusters file://kafka-clusters.json \\
    --replication-info-list file://replication-info.json`

const DESCRIPTION = `Runs replicators in the foreground: registered ones by name, or one straight from the files.
On a terminal it shows a live table of lags, otherwise one line every 10 seconds.
Ctrl-C (or SIGTERM) sends what is on its way, then exits with 0; a second one quits at once with 130.
Started again, it goes on where it ended. Exit code 5: everything was stopped to protect the data.`

/** `run`: the engine in the foreground. */
export function addRun(program: Command, shell: Shell): void {
  const command = program
    .command('run')
    .summary('run replicators in the foreground, with a live table of lags')
    .description(DESCRIPTION)
    .helpGroup(OWN_GROUP)
    .helpOption('-h, --help', 'show this help')
    .addHelpText('before', `Examples:\n${EXAMPLES}\n`)
    .optionsGroup('Registered replicators:')
    .addOption(collecting(new Option('--replicator-name <names...>', 'which one; may be given several times')))
    .option('--all', 'all that are registered on this machine')
  command.optionsGroup('Straight from the files, as create-replicator takes them:')
  addParameterOptions(command, createReplicator, ['ReplicatorName'])
  addRunOptions(command)
  command.action(async (given: RunCommandOptions) => {
    const namespace = namespaceOf(given.cloudwatchMetrics)
    const metrics = await openMetrics(given.metricsPort)
    const requests = await requestsOf(given, shell)
    const { runReplicators } = await import('../run-replicators.js')
    shell.exitCode = await runReplicators(requests, shell, metrics, namespace)
  })
}

/** Which replicators, as `run` is told. */
export interface RunCommandOptions extends RunOptions, Record<string, unknown> {
  replicatorName?: string[]
  all?: boolean
}

/** Whether a replicator is described by files rather than by the name it is registered with. */
export function isFromFiles(given: Readonly<Record<string, unknown>>): boolean {
  const { kafkaClusters, replicationInfoList, cliInputJson, cliInputYaml } = given
  return [kafkaClusters, replicationInfoList, cliInputJson, cliInputYaml].some(option => option !== undefined)
}

/** What to run: registered replicators, or the one of the files. Throws UserError where neither is given rightly. */
export async function requestsOf(given: RunCommandOptions, shell: Shell): Promise<RunRequest[]> {
  return isFromFiles(given) ? [await fromFiles(given, shell)] : await registered(given, shell)
}

async function registered(given: RunCommandOptions, shell: Shell): Promise<RunRequest[]> {
  const names = given.replicatorName ?? []
  if ((names.length === 0) !== (given.all === true)) {
    throw new UsageError(
      'the following arguments are required: --replicator-name or --all (one of them), or the files',
      {
        showUsage: true,
      },
    )
  }
  if (given.connections !== undefined) {
    throw new UsageError('argument --connections: a registered replicator has its own', {
      fix: 'Create it again with other connections, or run straight from the files.',
    })
  }
  const { optionsOf } = await import('../replicator-states.js')
  const definitions = given.all ? await allDefinitions(shell) : await namedDefinitions(names, shell)
  return await Promise.all(
    definitions.map(async definition => ({
      definition,
      options: await optionsOf(definition, overridesOf(given), shell.env),
    })),
  )
}

async function allDefinitions(shell: Shell) {
  const { definitions, unreadable } = await (await shell.registry()).list()
  // "All" must not silently mean "those that could be read".
  if (unreadable[0] !== undefined) throw unreadable[0]
  if (definitions.length > 0) return definitions
  throw new UserError('No replicator is registered on this machine.', {
    exitCode: ExitCode.Environment,
    fix: 'Register one with: kafka-replicator create-replicator',
  })
}

/** The registered replicators of these names. Throws UserError (252) for a name that is not there. */
export async function namedDefinitions(names: readonly string[], shell: Shell) {
  const registry = await shell.registry()
  return await Promise.all(
    [...new Set(names)].map(async name => {
      const definition = await registry.find(name)
      if (definition !== undefined) return definition
      const { nearest } = await import('../../ui/nearest.js')
      const others = (await registry.list()).definitions.map(({ Request }) => Request.ReplicatorName)
      const meant = nearest(name, others)
      throw new UserError(`There is no replicator named "${name}" on this machine.`, {
        exitCode: ExitCode.Usage,
        fix:
          meant === undefined
            ? 'See what is there with: kafka-replicator list-replicators'
            : `Maybe you meant: ${meant}`,
      })
    }),
  )
}

async function fromFiles(given: RunCommandOptions, shell: Shell): Promise<RunRequest> {
  const { requestFromFiles } = await import('../request-from-files.js')
  const [name, ...more] = given.replicatorName ?? []
  if (more.length > 0 || given.all) {
    throw new UsageError('argument --replicator-name: only one, when it runs straight from the files', {
      showUsage: true,
    })
  }
  return await requestFromFiles({ ...given, replicatorName: name }, overridesOf(given), shell)
}
