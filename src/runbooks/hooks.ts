import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Clock } from '../clock.js'
import { PASSED, type StepOutcome } from './step.js'

/** When the user's commands are run: `--on stop-producers='kubectl scale …'`. */
export const HOOK_NAMES = ['stop-producers', 'start-producers', 'stop-consumers', 'start-consumers'] as const
export type HookName = (typeof HOOK_NAMES)[number]

/** The user's commands, as far as there are any. */
export type HookCommands = Partial<Record<HookName, string>>

export interface HookOptions {
  commands: HookCommands
  /** A command that takes longer is ended, and its step has failed. */
  timeoutMs: number
  /** What the command finds in its environment, beside ours. */
  env: Readonly<Record<string, string>>
}

/** A command that says more than this has lost its way; its output would fill the disk. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024
/** How often that is looked at. */
const LOOK_MS = 500
/** Between the request to end and the end by force. */
const GRACE_MS = 5_000
/** So many lines of what it said last are shown, and go into the reason of a failure, from so many bytes at the end. */
const LAST_LINES = 3
const LAST_BYTES = 2_048

/** How a command ended. */
export interface HookResult {
  command: string
  /** Null when a signal ended it, or it could not be started. */
  exitCode: number | null
  signal: string | null
  /** Why we have ended it; undefined where it ended by itself. */
  endedBecause: 'timeout' | 'output' | 'interrupted' | undefined
  durationMs: number
  /** What it said last, a few lines. */
  lastLines: string
  /** The file with all that it said. */
  outputFile: string
}

/** What is told of commands, and where their output goes. */
export interface HookListener {
  /** A new path for the output of each run. */
  outputPath(name: HookName): string
  ended(name: HookName, result: HookResult): Promise<void>
}

/** The user's own commands, run by `sh`. */
export class Hooks {
  private readonly options: HookOptions
  private readonly clock: Clock
  private readonly listener: HookListener
  /** The process group that runs. */
  private running: number | undefined

  constructor(options: HookOptions, clock: Clock, listener: HookListener) {
    this.options = options
    this.clock = clock
    this.listener = listener
  }

  /** The command of a hook; undefined where a person does it. */
  command(name: HookName): string | undefined {
    return this.options.commands[name]
  }

  /**
   * Runs one and waits for its end. `failed` when it does not end with 0 in time, with the last lines of what it said.
   * What it leaves running in the background is let run, unless it is ended by us.
   */
  async run(name: HookName, stop: AbortSignal): Promise<StepOutcome> {
    const command = this.command(name)
    if (command === undefined) return PASSED
    const outputFile = this.listener.outputPath(name)
    await using output = await open(outputFile, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600)
    const begunAt = this.clock.monotonic()
    const end = await this.spawn(command, output, stop)
    const durationMs = Math.round(this.clock.monotonic() - begunAt)
    const last = await lastLines(output)
    const result = { command, outputFile, durationMs, lastLines: last, ...end }
    await this.listener.ended(name, result)
    // Many programs end with 0 when they are asked to end; that is not what they were started for.
    if (result.exitCode === 0 && result.endedBecause === undefined) return PASSED
    if (result.endedBecause === 'interrupted') return { kind: 'interrupted' }
    return {
      kind: 'failed',
      reason: `the command for ${name} ${this.howItEnded(result)}: ${command}${last === '' ? '' : `\n${last}`}`,
      fix: 'Mend it and resume: the command is run again then.',
    }
  }

  /** Ends what runs, at once and with all that it has started. */
  kill(): void {
    if (this.running !== undefined) signalGroup(this.running, 'SIGKILL')
  }

  private howItEnded({ exitCode, signal, endedBecause }: HookResult): string {
    if (endedBecause === 'timeout') return `did not end within ${this.options.timeoutMs / 1_000} s`
    if (endedBecause === 'output') return `said more than ${OUTPUT_BYTES_MAX / 1024 / 1024} MiB, and was ended`
    if (exitCode === 127) return 'ended with exit code 127 (not found)'
    if (exitCode === 126) return 'ended with exit code 126 (may not be executed)'
    if (exitCode !== null) return `ended with exit code ${exitCode}`
    return signal === null ? 'could not be started' : `was ended by ${signal}`
  }

  private async spawn(command: string, output: FileHandle, stop: AbortSignal) {
    // A file, not a pipe: what runs on in the background may keep it. A group of its own, so that a Ctrl-C reaches us
    // alone, and what it has started can be ended with it.
    const child = spawn('sh', ['-c', command], {
      env: { ...process.env, ...this.options.env },
      stdio: ['ignore', output.fd, output.fd],
      detached: true,
    })
    this.running = child.pid
    const ended = new AbortController()
    const end = new Promise<Pick<HookResult, 'exitCode' | 'signal'>>(resolve => {
      child.on('error', () => resolve({ exitCode: null, signal: null }))
      child.on('exit', (exitCode, signal) => resolve({ exitCode, signal }))
    }).finally(() => ended.abort())
    const [how, endedBecause] = await Promise.all([end, this.watch(child.pid, output, ended.signal, stop)])
    this.running = undefined
    return { ...how, endedBecause }
  }

  /** Ends the command when it takes too long, says too much or the operator wants to stop, and tells which. */
  private async watch(
    pid: number | undefined,
    output: FileHandle,
    ended: AbortSignal,
    stop: AbortSignal,
  ): Promise<HookResult['endedBecause']> {
    const deadline = this.clock.monotonic() + this.options.timeoutMs
    const wake = AbortSignal.any([ended, stop])
    while (!ended.aborted) {
      const left = deadline - this.clock.monotonic()
      const because = stop.aborted ? 'interrupted' : left <= 0 ? 'timeout' : await saysTooMuch(output)
      if (because !== undefined) {
        if (pid !== undefined) await this.endGroup(pid)
        return because
      }
      await this.clock.sleep(Math.min(LOOK_MS, left), wake)
    }
    return undefined
  }

  /** Asks all of a group to end, then makes it: a shell may be gone before what it has started. */
  private async endGroup(pid: number): Promise<void> {
    signalGroup(pid, 'SIGTERM')
    const deadline = this.clock.monotonic() + GRACE_MS
    while (this.clock.monotonic() < deadline) {
      if (!signalGroup(pid, 0)) return
      await this.clock.sleep(LOOK_MS / 5)
    }
    signalGroup(pid, 'SIGKILL')
  }
}

async function saysTooMuch(output: FileHandle): Promise<'output' | undefined> {
  return (await output.stat()).size > OUTPUT_BYTES_MAX ? 'output' : undefined
}

/** Whether anyone of the group was there. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // ESRCH: all have ended. EPERM: they took the rights of another user (sudo), or wait to be buried (macOS).
    if (code === 'ESRCH' || code === 'EPERM') return false
    throw error
  }
}

async function lastLines(output: FileHandle): Promise<string> {
  const { size } = await output.stat()
  const from = Math.max(0, size - LAST_BYTES)
  const { buffer, bytesRead } = await output.read(Buffer.alloc(LAST_BYTES), 0, LAST_BYTES, from)
  return buffer.subarray(0, bytesRead).toString().trimEnd().split('\n').slice(-LAST_LINES).join('\n')
}
