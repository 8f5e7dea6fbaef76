import { spawn } from 'node:child_process'
import type { Clock } from '../clock.js'
import type { StepOutcome } from './step.js'
import { PASSED } from './step.js'

/** When the user's commands are run: `--on stop-producers='kubectl scale …'`. */
export const HOOK_NAMES = ['stop-producers', 'start-producers', 'stop-consumers', 'start-consumers'] as const
export type HookName = (typeof HOOK_NAMES)[number]

export interface HookOptions {
  commands: Partial<Record<HookName, string>>
  /** A command that takes longer is ended, and its step has failed. */
  timeoutMs: number
  /** What the command finds in its environment, beside ours. */
  env: Readonly<Record<string, string>>
}

/** What a command has said, kept as evidence; more than this is cut in the middle. */
const OUTPUT_BYTES_MAX = 256 * 1024
/** Between the request to end and the end by force. */
const GRACE_MS = 5_000

/** How a command ended. */
export interface HookResult {
  command: string
  exitCode: number | null
  signal: string | null
  timedOut: boolean
  output: string
}

/** The user's own commands, run by `sh`. */
export class Hooks {
  private readonly options: HookOptions
  private readonly clock: Clock
  /** Told of each that has ended. */
  private readonly onEnd: (name: HookName, result: HookResult) => Promise<void>

  constructor(options: HookOptions, clock: Clock, onEnd: (name: HookName, result: HookResult) => Promise<void>) {
    this.options = options
    this.clock = clock
    this.onEnd = onEnd
  }

  /** The command of a hook; undefined where a person does it. */
  command(name: HookName): string | undefined {
    return this.options.commands[name]
  }

  /** Runs one and waits for its end. `failed` when it does not end with 0 in time, with the end of what it said. */
  async run(name: HookName, stop: AbortSignal): Promise<StepOutcome> {
    const command = this.command(name)
    if (command === undefined) return PASSED
    const result = await this.spawn(command, stop)
    await this.onEnd(name, result)
    if (stop.aborted) return { kind: 'interrupted' }
    if (result.exitCode === 0) return PASSED
    const how = result.timedOut
      ? `did not end within ${this.options.timeoutMs / 1000} s`
      : `ended with ${result.exitCode === null ? `signal ${result.signal}` : `exit code ${result.exitCode}`}`
    const last = result.output.trimEnd().split('\n').slice(-3).join('\n')
    return {
      kind: 'failed',
      reason: `the command for ${name} ${how}: ${command}${last === '' ? '' : `\n${last}`}`,
      fix: 'Mend it and resume: the command is run again then.',
    }
  }

  private async spawn(command: string, stop: AbortSignal): Promise<HookResult> {
    // A group of its own, so that what it has started ends with it.
    const child = spawn('sh', ['-c', command], {
      env: { ...process.env, ...this.options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const output = new Output()
    child.stdout.on('data', (bytes: Buffer) => output.add(bytes))
    child.stderr.on('data', (bytes: Buffer) => output.add(bytes))
    const ended = new AbortController()
    const end = new Promise<Pick<HookResult, 'exitCode' | 'signal'>>(resolve => {
      child.on('error', error => {
        output.add(Buffer.from(`${error.message}\n`))
        resolve({ exitCode: null, signal: null })
      })
      child.on('close', (exitCode, signal) => resolve({ exitCode, signal }))
    })
    const timeLimit = AbortSignal.any([ended.signal, stop])
    const watching = this.clock.sleep(this.options.timeoutMs, timeLimit).then(async () => {
      if (ended.signal.aborted) return false
      kill(child.pid, 'SIGTERM')
      await this.clock.sleep(GRACE_MS, ended.signal)
      if (!ended.signal.aborted) kill(child.pid, 'SIGKILL')
      return !stop.aborted
    })
    const how = await end
    ended.abort()
    return { command, ...how, timedOut: await watching, output: output.text }
  }
}

function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // it has just ended
  }
}

/** The beginning and the end of what a command says. */
class Output {
  private head = Buffer.alloc(0)
  private tail = Buffer.alloc(0)
  private cut = 0

  add(bytes: Buffer): void {
    const half = OUTPUT_BYTES_MAX / 2
    const room = half - this.head.length
    this.head = Buffer.concat([this.head, bytes.subarray(0, Math.max(0, room))])
    const rest = Buffer.concat([this.tail, bytes.subarray(Math.max(0, room))])
    this.cut += Math.max(0, rest.length - half)
    this.tail = rest.subarray(Math.max(0, rest.length - half))
  }

  get text(): string {
    const middle = this.cut === 0 ? '' : `\n… ${this.cut} bytes left out …\n`
    return this.head.toString() + middle + this.tail.toString()
  }
}
