import { Readable } from 'node:stream'
import type { Engine } from '../../src/cli/engine.ts'
import { NO_GLOBALS } from '../../src/cli/globals.ts'
import { runCli } from '../../src/cli/run-cli.ts'
import type { Screen, Shell, StopSignal } from '../../src/cli/shell.ts'
import type { Clock } from '../../src/clock.ts'
import { systemClock } from '../../src/clock.ts'
import type { ExitCode } from '../../src/errors.ts'
import { Registry } from '../../src/registry/registry.ts'

/** What a command run in this process said, and its exit code. */
export interface Said {
  exitCode: ExitCode
  stdout: string
  stderr: string
}

export interface FakeShellOptions {
  home: string
  workingDirectory?: string
  env?: Record<string, string>
  engine?: Engine
  clock?: Clock
  /** What a person types at the terminal, line by line; without it nobody is there. */
  answers?: string[]
  /** What is piped in. */
  input?: string
}

/** Runs one command line in this process against the registry in `home`. */
export async function runInProcess(argv: string[], options: FakeShellOptions): Promise<Said> {
  return await startInProcess(argv, options).done
}

/** As `runInProcess`, for a command that goes on until a signal comes. */
export function startInProcess(
  argv: string[],
  options: FakeShellOptions,
): { done: Promise<Said>; signal(which?: StopSignal): void; out(): string } {
  const { shell, said, signal, out } = fakeShell(options)
  return { done: runCli(argv, shell).then(said), signal, out }
}

/** A shell whose screens are kept, for what is called without a command line. */
export function fakeShell(options: FakeShellOptions) {
  const stdout: string[] = []
  const stderr: string[] = []
  const listeners = new Set<(signal: StopSignal) => void>()
  const clock = options.clock ?? systemClock
  const shell: Shell = {
    stdout: recorder(stdout),
    stderr: recorder(stderr),
    stdin: { isTTY: false, chunks: () => Readable.from([Buffer.from(options.input ?? '')]) },
    // Whoever runs the tests may have AWS profiles of their own.
    env: { HOME: options.home, ...options.env },
    workingDirectory: options.workingDirectory ?? options.home,
    clock,
    globals: NO_GLOBALS,
    exitCode: 0,
    registry: async () => new Registry(options.home, clock),
    engine: async () => options.engine ?? NO_ENGINE,
    readLine: async () => options.answers?.shift(),
    onStopSignal: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return {
    shell,
    said: (exitCode: ExitCode): Said => ({ exitCode, stdout: stdout.join(''), stderr: stderr.join('') }),
    signal: (which: StopSignal = 'SIGINT') => {
      for (const listener of listeners) listener(which)
    },
    out: () => stdout.join(''),
  }
}

function recorder(texts: string[]): Screen {
  return { write: text => void texts.push(text), isTTY: false, columns: undefined, rows: undefined }
}

/** Answers that nothing ever ran; refuses to run anything. */
export const NO_ENGINE: Engine = {
  create: () => {
    throw new Error('This test runs nothing.')
  },
  preflight: async () => {},
  examine: async () => {
    throw new Error('This test examines nothing.')
  },
  readStatus: async () => undefined,
  openStatus: () => {
    throw new Error('This test looks at nothing.')
  },
  forgetState: async () => {},
}
