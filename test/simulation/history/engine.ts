import { ExitCode, UserError } from '../../../src/errors.js'
import type { ReplicationEvent } from '../../../src/events.js'
import { Replicator, type ReplicatorEnd } from '../../../src/replication/replicator.js'
import type { ReplicatorOptions } from '../../../src/replication/replicator-options.js'
import type { ReplicatorSnapshot } from '../../../src/replication/snapshot.js'
import type { MemoryCluster } from '../broker/memory-cluster.js'
import { Life } from '../network/life.js'
import { openSimClusters } from '../network/sim-cluster.js'
import type { World } from '../world.js'

/** Who knows whether something was done to a partition that may stop it. */
export interface HoldJudge {
  mayHold(sourceTopic: string, partition: number): boolean
}

/** A supervisor (systemd, a person) starts an engine again that could not start. */
const RESTART_MS = 1_000

/** One place where the replicator runs: life after life, until it is told to rest. */
export class Engine {
  private readonly name: string
  private readonly world: World
  private readonly memory: { source: MemoryCluster; target: MemoryCluster }
  private readonly options: ReplicatorOptions
  private readonly judge: HoldJudge
  private lives = 0
  private life: Life | undefined
  private replicator: Replicator | undefined
  private wanted = false
  lastStartFailure: string | undefined
  end: ReplicatorEnd | undefined

  constructor(
    name: string,
    world: World,
    memory: { source: MemoryCluster; target: MemoryCluster },
    options: ReplicatorOptions,
    judge: HoldJudge,
  ) {
    this.name = name
    this.world = world
    this.memory = memory
    this.options = options
    this.judge = judge
  }

  get isAlive(): boolean {
    return this.life?.isAlive ?? false
  }

  /** Whether a life is there and has not come to its end. */
  get isWorking(): boolean {
    return this.isAlive && this.end === undefined
  }

  /** Whether it copies, or would if there was something. */
  get isRunning(): boolean {
    return this.isWorking && this.replicator?.snapshot().state === 'running'
  }

  start(): void {
    this.wanted = true
    if (this.isAlive) return
    const life = new Life(`${this.name}${++this.lives}`, this.world)
    const replicator = new Replicator(this.options, life.clock, options => openSimClusters(life, this.memory, options))
    this.life = life
    this.replicator = replicator
    this.end = undefined
    this.world.tell(`${life.name} starts`)
    replicator.onEvent(event => life.run(() => this.heard(life, event)))
    replicator.start().then(
      () => life.run(() => this.world.tell(`${life.name} runs`)),
      (error: Error) => life.run(() => this.failedToStart(life, error)),
    )
    void replicator.ended.then(end => life.run(() => this.ended(life, end)))
  }

  /** kill -9. */
  kill(): void {
    this.wanted = false
    if (!this.life?.isAlive) return
    this.world.tell(`${this.life.name} is killed`)
    this.life.kill()
  }

  /** Resolves when it has stopped by itself; it may take its drain time. */
  async stop(): Promise<void> {
    this.wanted = false
    const { life, replicator } = this
    if (!life?.isAlive || !replicator) return
    this.world.tell(`${life.name} is asked to stop`)
    await replicator.stop()
    if (!life.isAlive) return
    this.world.tell(`${life.name} has stopped`)
    life.kill()
  }

  snapshot(): ReplicatorSnapshot {
    if (!this.replicator) throw new Error('it has never started')
    return this.replicator.snapshot()
  }

  private heard(life: Life, { code, level, message, data }: ReplicationEvent): void {
    this.world.tell(`${life.name} says ${code}: ${withoutProcess(message)}`)
    const { sourceTopic, partition } = data
    if (typeof sourceTopic !== 'string' || typeof partition !== 'number' || level === 'info') return
    if (code !== 'partition-held') return
    if (!this.judge.mayHold(sourceTopic, partition)) this.world.fail(`held without a cause: ${message}`)
    // Nothing that a history does makes a batch that no broker may take.
    if (/INVALID_RECORD|UNSUPPORTED|INVALID_TIMESTAMP/.test(message)) this.world.fail(`a wrong batch: ${message}`)
  }

  private failedToStart(life: Life, error: Error): void {
    this.lastStartFailure = error.message
    this.world.tell(`${life.name} could not start: ${withoutProcess(error.message)}`)
    life.kill()
    // What protects the data is no failure that passes: whoever watches over it leaves it alone.
    if (!this.wanted || (error instanceof UserError && error.exitCode === ExitCode.Protected)) return
    this.world.time.after(RESTART_MS, () => {
      if (this.wanted) this.start()
    })
  }

  private ended(life: Life, end: ReplicatorEnd): void {
    this.end = end
    if (life === this.life)
      this.world.tell(`${life.name} has ended: ${end.exitCode} ${withoutProcess(end.reason ?? '')}`)
  }
}

/** Process ids differ from run to run of the simulation; its traces must not. */
function withoutProcess(text: string): string {
  return text.replaceAll(/host \S+, process \d+/g, 'some process')
}
