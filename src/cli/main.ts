import { systemClock } from '../clock.js'
import { ExitCode } from '../errors.js'
import { presentError } from './errors.js'
import { NO_GLOBALS } from './globals.js'
import { runCli } from './run-cli.js'
import type { Screen, Shell, StopSignal } from './shell.js'

/** Handles that are still open after this are ours by mistake, and nobody should wait for them. */
const EXIT_GRACE_MS = 2_000

const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM']

/** Runs the command line `argv` (without node and script) on the real terminal and sets the exit code. */
export async function runMain(argv: string[]): Promise<void> {
  const shell = processShell()
  process.on('uncaughtException', error => {
    process.stderr.write(presentError(error, argv.includes('--debug')).text)
    process.exit(ExitCode.Other)
  })
  // A reader that has seen enough (`| head`) is no fault. Nothing can be shown any more, so there is nothing to do.
  process.stdout.on('error', error => {
    if ('code' in error && error.code === 'EPIPE') process.exit(shell.exitCode)
    throw error
  })
  const exitCode = await runCli(argv, shell)
  // A command may have set the code itself; success here must not hide that.
  if (exitCode !== ExitCode.Done) process.exitCode = exitCode
  if (exitCode === ExitCode.Interrupted || exitCode === ExitCode.Terminated) process.exit(exitCode)
  setTimeout(() => process.exit(), EXIT_GRACE_MS).unref()
}

/** The terminal, environment and clock of this process. */
function processShell(): Shell {
  const shell: Shell = {
    stdout: screenOf(process.stdout),
    stderr: screenOf(process.stderr),
    stdin: {
      get isTTY() {
        return process.stdin.isTTY === true
      },
      chunks: () => process.stdin,
    },
    env: process.env,
    workingDirectory: process.cwd(),
    clock: systemClock,
    globals: NO_GLOBALS,
    exitCode: ExitCode.Done,
    registry: async () => {
      const { Registry } = await import('../registry/registry.js')
      const { registryHome } = await import('../registry/home.js')
      return new Registry(registryHome(shell.env), systemClock)
    },
    engine: async () => (await import('./real-engine.js')).realEngine,
    readLine: async (question, stop) => await (await import('./read-line.js')).readLine(question, stop),
    onStopSignal: listener => {
      const heard = (signal: NodeJS.Signals) => listener(signal as StopSignal)
      for (const signal of STOP_SIGNALS) process.on(signal, heard)
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, heard)
      }
    },
  }
  return shell
}

function screenOf(stream: NodeJS.WriteStream): Screen {
  return {
    write: text => {
      if (text !== '') stream.write(text)
    },
    get isTTY() {
      return stream.isTTY === true
    },
    get columns() {
      return stream.isTTY ? stream.columns : undefined
    },
    get rows() {
      return stream.isTTY ? stream.rows : undefined
    },
  }
}
