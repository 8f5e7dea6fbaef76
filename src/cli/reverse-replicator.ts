import { ExitCode, UserError } from '../errors.js'
import { parseReplicatorArn } from '../registry/arn.js'
import type { ReplicatorDefinition } from '../registry/definition.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import type { StoredStatus } from '../replication/stored-status.js'
import { clusterTools } from '../runbooks/cluster-tools.js'
import type { ReverseReplicator } from '../runbooks/failback/reverse.js'
import type { RunbookTools } from '../runbooks/tools.js'
import { checkRequest } from './check-request.js'
import type { RunnableReplicator, StatusReading } from './engine.js'
import { optionsOf } from './replicator-states.js'
import { bringsAllHome, isReverse, reverseName, reverseRequest, reverseUuid } from './reverse-request.js'
import type { RunRequest } from './run-replicators.js'
import type { Shell } from './shell.js'

/** Beyond this a broker does not answer any more; what it did not acknowledge is sent again in the next life. */
const DRAIN_MS_MAX = 15_000

type ForwardFiles = Pick<ReplicatorDefinition, 'Request' | 'ConnectionsFile'>

/** The reverse replicator of a failback: in the registry of this machine, and in this process while it is needed. */
export class RegisteredReverse implements ReverseReplicator {
  readonly name: string
  /** Its `ReplicatorOptions.id`, also while it is not registered yet. */
  readonly id: string
  private readonly forward: ForwardFiles
  private readonly uuid: string
  private readonly shell: Shell
  private resolved: ReplicatorOptions | undefined
  private reading: StatusReading | undefined
  private engine: RunnableReplicator | undefined
  /** An engine elsewhere was there when ours wanted to start. */
  private isElsewhere = false
  private end: { reason?: string | undefined } | undefined

  private constructor(name: string, id: string, forward: ForwardFiles, uuid: string, shell: Shell) {
    this.name = name
    this.id = id
    this.forward = forward
    this.uuid = uuid
    this.shell = shell
  }

  /** Looks which one it is: one of the other direction that is registered, or the one that will be. */
  static async of(request: RunRequest, shell: Shell): Promise<RegisteredReverse> {
    const forward = request.definition ?? request.files
    if (forward === undefined) throw new Error('a replicator of which nobody knows what it was made of')
    const { definitions } = await (await shell.registry()).list()
    const uuid = reverseUuid(request.options.id)
    const candidates = definitions.filter(({ Request }) => isReverse(Request, forward.Request))
    // A failback that was begun before goes on with its own, whatever was registered since.
    const found = candidates.find(({ ReplicatorArn }) => uuidOf(ReplicatorArn) === uuid) ?? candidates[0]
    if (found !== undefined && !bringsAllHome(found.Request)) throw leavesSomeBehind(found.Request.ReplicatorName)
    const name = found?.Request.ReplicatorName ?? reverseName(forward.Request.ReplicatorName)
    const id = (found && uuidOf(found.ReplicatorArn)) ?? uuid
    return new RegisteredReverse(name, id, forward, uuid, shell)
  }

  async exists(): Promise<boolean> {
    return (await this.find()) !== undefined
  }

  async isOurs(): Promise<boolean> {
    const definition = await this.find()
    return definition !== undefined && uuidOf(definition.ReplicatorArn) === this.uuid
  }

  async create(): Promise<void> {
    const request = reverseRequest(this.forward.Request)
    await checkRequest({ input: { ...request }, sources: new Map() })
    const { region } = this.shell.globals
    await (await this.shell.registry()).create(request, {
      region: region ?? parseReplicatorArn((await this.forwardArn()) ?? '')?.region,
      connectionsFile: this.forward.ConnectionsFile,
      uuid: this.uuid,
    })
  }

  async options(): Promise<ReplicatorOptions> {
    if (this.resolved !== undefined) return this.resolved
    const definition = await this.find()
    if (definition === undefined) throw this.gone()
    // What retention has removed while the secondary was at rest came from the primary; the gap is recorded all the same.
    const overrides = (await this.isOurs()) ? { obstacles: { onTruncation: 'skip' as const } } : {}
    this.resolved = await optionsOf(definition, overrides, this.shell.env)
    return this.resolved
  }

  async tools(): Promise<RunbookTools> {
    return clusterTools(await this.options(), this.shell.clock)
  }

  async status(): Promise<StoredStatus> {
    const options = await this.options()
    if (this.isElsewhere) {
      // To ask by another start whether it lives takes seconds each time.
      const seen = await this.read(options)
      if (seen.state === 'running') return seen
      this.isElsewhere = false
    }
    await this.run(options)
    return await this.read(options)
  }

  async remove(): Promise<void> {
    const definition = await this.find()
    if (definition === undefined) return
    const options = await this.options()
    // Who has it in this process knows that it runs nowhere else; one that does sees that it was deleted, and takes leave itself.
    await this.run(options)
    const isHere = this.engine !== undefined
    await this.stop()
    // While it is registered, a life that comes after a kill finds what is left to do.
    if (isHere) await (await this.shell.engine()).forgetState(options)
    await (await this.shell.registry()).delete(definition.ReplicatorArn, undefined)
  }

  /** Ends what runs in this process: the next life of the runbook starts it again. */
  async close(): Promise<void> {
    this.reading?.close()
    await this.stop()
  }

  /** Starts it unless it runs, here or elsewhere. */
  private async run(options: ReplicatorOptions): Promise<void> {
    if (this.end !== undefined) {
      throw new UserError(`${this.name} has ended by itself: ${this.end.reason ?? 'it does not say why'}`, {
        exitCode: ExitCode.Protected,
        fix: `See how it stands with: kafka-replicator status --replicator-name ${this.name}`,
      })
    }
    if (this.engine !== undefined) return
    const engine = (await this.shell.engine()).create(options)
    try {
      await engine.start()
    } catch (error) {
      // Of two the first one stays: then it runs elsewhere, and that is as good.
      const isRefused = error instanceof UserError && error.exitCode === ExitCode.Protected
      this.isElsewhere = isRefused && (await this.read(options)).state === 'running'
      if (this.isElsewhere) return
      throw error
    }
    this.engine = engine
    void engine.ended.then(end => {
      if (this.engine === engine) this.end = end
    })
  }

  private async read(options: ReplicatorOptions): Promise<StoredStatus> {
    this.reading ??= (await this.shell.engine()).openStatus(options, this.shell.clock)
    return await this.reading.read()
  }

  private async stop(): Promise<void> {
    const { engine } = this
    if (engine === undefined) return
    this.engine = undefined
    const limit = new AbortController()
    try {
      await Promise.race([engine.stop(), this.shell.clock.sleep(DRAIN_MS_MAX, limit.signal)])
    } finally {
      limit.abort()
    }
  }

  private async find(): Promise<ReplicatorDefinition | undefined> {
    return await (await this.shell.registry()).find(this.name)
  }

  private async forwardArn(): Promise<string | undefined> {
    return (await (await this.shell.registry()).find(this.forward.Request.ReplicatorName))?.ReplicatorArn
  }

  private gone(): UserError {
    return new UserError(`${this.name} is not registered any more.`, {
      exitCode: ExitCode.No,
      fix: 'Resume with --from-step create-reverse.',
    })
  }
}

function uuidOf(arn: string): string | undefined {
  return parseReplicatorArn(arn)?.uuid
}

/** Every gate and `verify` count from where it began, so they would find nothing missing. */
function leavesSomeBehind(name: string): UserError {
  return new UserError(
    `${name} copies the other way, but starts at LATEST: what was written on the secondary before it began would never come home.`,
    {
      exitCode: ExitCode.Protected,
      fix: `Delete ${name}: failback registers one of its own, which starts at EARLIEST and copies nothing back that came from here.`,
    },
  )
}
