import type { Command } from 'commander'
import { CommanderError } from 'commander'
import type { ExitCode } from '../errors.js'
import { sortArgv } from './argv.js'
import { AWS_GROUP } from './command-groups.js'
import { errorFormatOf, formatError } from './error-format.js'
import { UsageError } from './errors.js'
import { readGlobals } from './globals.js'
import { buildProgram } from './program.js'
import type { Shell } from './shell.js'
import { withGlobals } from './shell.js'

/** The AWS CLI's word for the service, which may stand before the command. */
const SERVICE = 'kafka'

/**
 * Runs one command line of the program that `build` makes; whatever goes wrong is shown on standard error and told
 * by the exit code. Never throws.
 */
export async function runCli(argv: readonly string[], shell: Shell, build = buildProgram): Promise<ExitCode> {
  try {
    await dispatch(argv, shell, build)
    return shell.exitCode
  } catch (error) {
    const debug = shell.globals.debug || argv.includes('--debug')
    const { text, exitCode } = await formatError(error, errorFormatOf(argv, shell.env), debug)
    shell.stderr.write(text)
    return exitCode
  }
}

async function dispatch(argv: readonly string[], shell: Shell, build: typeof buildProgram): Promise<void> {
  const program = build(shell)
  const findCommand = (name: string) => program.commands.find(command => command.name() === name)
  const sorted = sortArgv(argv, findCommand)
  if (sorted.globals.has('--version')) {
    const { version } = await import('./version.js')
    return shell.stdout.write(`kafka-replicator/${await version()} node/${process.versions.node}\n`)
  }
  if (sorted.help && sorted.command === undefined) return program.outputHelp()
  if (sorted.command === undefined) throw noCommand(argv)
  const command = findCommand(sorted.command)
  if (command === undefined) throw await unknownCommand(sorted.command, argv, program)
  if (sorted.help) return command.outputHelp()
  // Nobody else's profile matters to our own commands but for AWS's services, which look it up themselves.
  const readProfile = async (name: string | undefined) =>
    command.helpGroup() === AWS_GROUP ? (await import('./aws-profile.js')).readAwsProfile(name, shell.env) : {}
  shell.globals = await readGlobals(sorted.globals, shell.env, readProfile)
  shell.env = withGlobals(shell.env, shell.globals)
  try {
    await program.parseAsync([sorted.command, ...sorted.args], { from: 'user' })
  } catch (error) {
    throw error instanceof CommanderError ? usageErrorOf(error) : error
  }
}

function noCommand(argv: readonly string[]): UsageError {
  const missing = argv.includes(SERVICE) ? 'operation' : 'command'
  return new UsageError(`the following arguments are required: ${missing}`, { showUsage: true })
}

async function unknownCommand(name: string, argv: readonly string[], program: Command): Promise<UsageError> {
  const { nearest } = await import('../ui/nearest.js')
  const isOperation = argv[argv.indexOf(name) - 1] === SERVICE
  const names = program.commands.map(command => command.name())
  const meant = nearest(name, isOperation ? names : [SERVICE, ...names])
  const hint = meant === undefined ? '' : `\n\nMaybe you meant:\n\n  * ${meant}`
  const argument = isOperation ? 'operation' : 'command'
  return new UsageError(`argument ${argument}: Found invalid choice '${name}'${hint}`, { showUsage: true })
}

/** What commander still finds after `sortArgv`: missing or surplus arguments, values that are no choice. */
function usageErrorOf(error: CommanderError): UsageError {
  const choice = /option '(--[\w-]+).*argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s.exec(error.message)
  if (choice !== null) {
    const [, option, value, allowed] = choice
    const fix = `It must be one of: ${allowed}.`
    return new UsageError(`argument ${option}: Found invalid choice '${value}'`, { fix, showUsage: true })
  }
  return new UsageError(error.message.replace(/^error: /, ''), { showUsage: true })
}
