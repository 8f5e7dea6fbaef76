import type { Command } from 'commander'
import { CommanderError } from 'commander'
import type { ExitCode } from '../errors.js'
import { sortArgv } from './argv.js'
import { presentError, UsageError } from './errors.js'
import { readGlobals } from './globals.js'
import { buildProgram } from './program.js'
import type { Shell } from './shell.js'
import { withGlobals } from './shell.js'

/** Runs one command line; whatever goes wrong is shown on standard error and told by the exit code. Never throws. */
export async function runCli(argv: readonly string[], shell: Shell): Promise<ExitCode> {
  try {
    await dispatch(argv, shell)
    return shell.exitCode
  } catch (error) {
    const { text, exitCode } = presentError(error, shell.globals.debug || argv.includes('--debug'))
    shell.stderr.write(text)
    return exitCode
  }
}

async function dispatch(argv: readonly string[], shell: Shell): Promise<void> {
  const program = buildProgram(shell)
  const findCommand = (name: string) => program.commands.find(command => command.name() === name)
  const sorted = sortArgv(argv, findCommand)
  if (sorted.globals.has('--version')) {
    const { version } = await import('./version.js')
    return shell.stdout.write(`kafka-replicator/${await version()} node/${process.versions.node}\n`)
  }
  if (sorted.help && sorted.command === undefined) return program.outputHelp()
  if (sorted.command === undefined) throw noCommand()
  const command = findCommand(sorted.command)
  if (command === undefined) throw await unknownCommand(sorted.command, program)
  if (sorted.help) return command.outputHelp()
  shell.globals = readGlobals(sorted.globals, shell.env)
  shell.env = withGlobals(shell.env, shell.globals)
  try {
    await program.parseAsync([sorted.command, ...sorted.args], { from: 'user' })
  } catch (error) {
    throw error instanceof CommanderError ? usageErrorOf(error) : error
  }
}

function noCommand(): UsageError {
  return new UsageError('the following arguments are required: command', { showUsage: true })
}

async function unknownCommand(name: string, program: Command): Promise<UsageError> {
  const { nearest } = await import('../ui/nearest.js')
  const meant = nearest(
    name,
    program.commands.map(command => command.name()),
  )
  const hint = meant === undefined ? '' : `\n\nMaybe you meant:\n\n  * ${meant}`
  return new UsageError(`argument operation: Found invalid choice '${name}'${hint}`, { showUsage: true })
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
