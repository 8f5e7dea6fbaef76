import type { Shell } from '../cli/shell.js'
import type { Clock } from '../clock.js'
import { ExitCode, messageOf, UserError } from '../errors.js'
import { LocalKafka } from '../local-kafka/local-kafka.js'
import { withinTime } from '../local-kafka/wait-until.js'
import { DemoFolder } from './demo-folder.js'
import { Narrator, type NarratorLook } from './narrator.js'
import { ShellCommand, type ShellPlace } from './shell-command.js'

/** A command asks two brokers and prints a page; on two busy cores the slowest took 8 s. */
const COMMAND_TIMEOUT_MS = 60_000
/** A runbook waits for much: a quarter of a minute on a quiet machine, and its gates give up before this. */
const RUNBOOK_TIMEOUT_MS = 300_000
/** The engine drains for 30 s at most (run-replicators.ts), then it has ended. */
export const STOP_TIMEOUT_MS = 45_000
/** A broker that is still starting when the demo is interrupted; later its guard ends it with our process. */
const START_GRACE_MS = 3_000

export interface Clusters {
  source: LocalKafka
  target: LocalKafka
}

/** What the steps act on: two clusters, a folder, a shell in it, and the narrator. Everything is gone after `dispose`. */
export class DemoWorld implements AsyncDisposable {
  readonly narrator: Narrator
  readonly clock: Clock
  readonly folder: DemoFolder
  /** What was sent so far and has to be on both sides. */
  readonly sent: string[] = []
  readonly #place: ShellPlace & { env: Record<string, string | undefined> }
  readonly #commands = new Set<ShellCommand>()
  readonly #starting: Promise<LocalKafka>[] = []
  #clusters: Clusters | undefined
  #background: ShellCommand | undefined

  private constructor(shell: Shell, look: NarratorLook, folder: DemoFolder) {
    this.clock = shell.clock
    this.folder = folder
    this.narrator = new Narrator(shell.stdout, look, shell.clock)
    // The commands see a pipe, but the user sees their output as if it were on the terminal.
    const colors = look.color ? { FORCE_COLOR: '1', NO_COLOR: undefined } : { NO_COLOR: '1', FORCE_COLOR: undefined }
    // A user's own default output would change what is shown and read here.
    const neutral = { AWS_DEFAULT_OUTPUT: undefined }
    const env = { ...shell.env, ...neutral, ...colors, ...folder.environment }
    this.#place = { folder: folder.path, env, clock: shell.clock }
  }

  static async create(shell: Shell, look: NarratorLook): Promise<DemoWorld> {
    return new DemoWorld(shell, look, await DemoFolder.create())
  }

  /** Both clusters; a step that comes before they are started is a mistake of ours. */
  get clusters(): Clusters {
    if (this.#clusters === undefined) throw new Error('a step of the demo uses the clusters before they are started')
    return this.#clusters
  }

  /** Starts both at once. @throws UserError when Java, Maven and Docker are missing or a broker does not start. */
  async startClusters(onProgress: (text: string) => void): Promise<Clusters> {
    const start = (name: string) => {
      // 22 characters of base64url, as Kafka makes them; these can be told apart at a glance.
      const starting = LocalKafka.start({ name, clusterId: `${name}-cluster-000000A`, onProgress })
      this.#starting.push(starting)
      return starting
    }
    const [source, target] = await Promise.all([start('source'), start('target')])
    this.#clusters = { source, target }
    return this.#clusters
  }

  /** A variable for the commands that follow. */
  setVariable(name: string, value: string): void {
    this.#place.env[name] = value
  }

  /**
   * Shows a command, runs it, shows what it printed and answers that.
   * @throws UserError when it ends with another exit code than `wanted`.
   */
  async type(command: string, wanted: ExitCode = ExitCode.Done): Promise<string> {
    this.narrator.command(command)
    const { exitCode, output } = await this.narrator.during('', () => this.run(command))
    this.narrator.output(output)
    if (exitCode !== wanted) throw unexpectedEnd(command, exitCode, wanted)
    return output
  }

  /**
   * As `type`, for a runbook: what it prints is shown as it comes.
   * @throws UserError when it ends with another exit code than `wanted`.
   */
  async typeRunbook(command: string, wanted: ExitCode = ExitCode.Done): Promise<string> {
    this.narrator.command(command)
    let line = ''
    const show = (piece: string) => {
      const lines = `${line}${piece}`.split('\n')
      line = lines.pop() ?? ''
      for (const whole of lines) this.narrator.output(whole)
    }
    const { exitCode, output } = await this.run(command, RUNBOOK_TIMEOUT_MS, show)
    if (exitCode !== wanted) throw unexpectedEnd(command, exitCode, wanted)
    return output
  }

  /** Runs a command and says nothing; its exit code is the caller's to judge. */
  async run(
    command: string,
    timeoutMs: number = COMMAND_TIMEOUT_MS,
    onPiece?: (piece: string) => void,
  ): Promise<{ exitCode: number; output: string }> {
    const running = await this.#start(command, onPiece)
    try {
      const exitCode = await running.end(timeoutMs)
      return { exitCode, output: running.takeOutput() }
    } finally {
      this.#commands.delete(running)
    }
  }

  /** Shows a command with `&` behind it and leaves it running. */
  async typeInBackground(command: string): Promise<ShellCommand> {
    this.narrator.command(`${command} &`)
    // The shell becomes the command, so that a signal reaches it and not a shell around it.
    this.#background = await this.#start(`exec ${command}`)
    return this.#background
  }

  get background(): ShellCommand {
    if (this.#background === undefined) throw new Error('a step of the demo looks for a command that was not started')
    return this.#background
  }

  /** Ends commands, then clusters, then removes the folder; what fails on the way does not keep the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    const faults: unknown[] = []
    const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => faults.push(error))
    await Promise.all([...this.#commands].map(command => attempt(command.kill())))
    await withinTime(Promise.allSettled(this.#starting), START_GRACE_MS, this.clock)
    // One that has not started disposes of itself; one that still starts is ended by its guard.
    const started = this.#starting.map(starting =>
      starting.then(kafka => attempt(kafka[Symbol.asyncDispose]())).catch(() => {}),
    )
    await withinTime(Promise.all(started), START_GRACE_MS, this.clock)
    await attempt(this.folder.remove())
    if (faults.length > 0) throw new Error(`the demo could not clean up: ${faults.map(messageOf).join('; ')}`)
  }

  async #start(command: string, onPiece?: (piece: string) => void): Promise<ShellCommand> {
    const running = await ShellCommand.start(command, this.#place, onPiece)
    this.#commands.add(running)
    return running
  }
}

/** A command of the demo that did not end as it should; what it has printed was shown before. */
export function unexpectedEnd(command: string, exitCode: number, wanted: ExitCode = ExitCode.Done): UserError {
  const known = Object.values(ExitCode).find(code => code === exitCode && code !== ExitCode.Done)
  return new UserError(
    `\`${command.replace(/\s*\\\n\s*/g, ' ')}\` ended with exit code ${exitCode} instead of ${wanted}.`,
    {
      exitCode: known ?? ExitCode.Other,
      fix: 'Its output above says why.',
    },
  )
}
