import type { Clock } from '../clock.js'
import type { ExitCode } from '../errors.js'
import type { Registry } from '../registry/registry.js'
import { plainText } from '../ui/plain-text.js'
import type { Engine } from './engine.js'
import type { GlobalOptions } from './globals.js'

/** One side of the terminal, or a pipe. */
export interface Screen {
  write(text: string): void
  readonly isTTY: boolean
  /** Undefined where it is not a terminal. */
  readonly columns: number | undefined
  readonly rows: number | undefined
}

/** What is typed or piped in. */
export interface Input {
  readonly isTTY: boolean
  /** The bytes up to the end; reading begins with the call. */
  chunks(): AsyncIterable<Uint8Array>
}

/**
 * Everything a command may touch of the world around it, so that a test can run commands in its own process.
 * `main.ts` makes the real one.
 */
export interface Shell {
  readonly stdout: Screen
  readonly stderr: Screen
  readonly stdin: Input
  /** With `--region`, `--profile` and `--endpoint-url` already laid over it. */
  env: Readonly<Record<string, string | undefined>>
  readonly workingDirectory: string
  readonly clock: Clock
  globals: GlobalOptions
  /** What the process will exit with; a command sets it when the answer is not simply "done". */
  exitCode: ExitCode
  registry(): Promise<Registry>
  engine(): Promise<Engine>
  /** Asks whoever sits at the terminal; undefined where nobody does, or the signal aborts. */
  readLine(question: string, stop: AbortSignal): Promise<string | undefined>
  /** Calls the listener at each SIGINT or SIGTERM until the returned function is called. */
  onStopSignal(listener: (signal: StopSignal) => void): () => void
}

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** Whether colours are wanted on this screen (`--color`, NO_COLOR, FORCE_COLOR, TERM=dumb). */
export function wantsColor(shell: Shell, screen: Screen): boolean {
  if (shell.globals.color !== 'auto') return shell.globals.color === 'on'
  if (shell.env.NO_COLOR) return false
  if (shell.env.FORCE_COLOR) return shell.env.FORCE_COLOR !== '0'
  return screen.isTTY && shell.env.TERM !== 'dumb'
}

/** Whether the locale can show more than ASCII. */
export function wantsUnicode(env: Shell['env']): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '')
}

/** The environment with the global options laid over it, for code that knows only the environment. */
export function withGlobals(env: Shell['env'], globals: GlobalOptions): Shell['env'] {
  return {
    ...env,
    ...(globals.region === undefined ? {} : { AWS_REGION: globals.region }),
    ...(globals.profile === undefined ? {} : { AWS_PROFILE: globals.profile }),
    ...(globals.endpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: globals.endpointUrl }),
  }
}

/** Something that whoever reads the answer should know, though it is no error. */
export function warn(shell: Shell, text: string): void {
  shell.stderr.write(`kafka-replicator: [WARNING]: ${plainText(text).trim()}\n`)
}
