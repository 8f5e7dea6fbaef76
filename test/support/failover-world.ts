import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { realEngine } from '../../src/cli/real-engine.js'
import { optionsOf } from '../../src/cli/replicator-states.js'
import { systemClock } from '../../src/clock.js'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import { Registry } from '../../src/registry/registry.js'
import { Replicator } from '../../src/replication/replicator.js'
import type { ReplicatorOptions, RunOverrides } from '../../src/replication/replicator-options.js'
import { clusterTools } from '../../src/runbooks/cluster-tools.js'
import type { Asked } from '../../src/runbooks/tools.js'
import { type Said, startInProcess } from '../cli/fake-shell.js'
import { BIN } from './command.js'
import { temporaryFolder } from './temporary-folder.js'
import type { Side, TwoClusters } from './two-clusters.js'

export const NAME = 'orders-dr'
/** Gates that are quick, and still look twice. */
export const QUICK = ['--interval', '1', '--samples', '2']
/** A look at two clusters on a busy machine takes seconds. */
const PATIENCE_MS = 60_000

export interface WorldOptions {
  topic: string
  naming?: 'IDENTICAL' | 'PREFIXED_WITH_SOURCE_CLUSTER_ALIAS'
}

/** A replicator that is registered in a folder of its own, and runs in this process; its failovers run as real commands. */
export class FailoverWorld {
  readonly home: string
  readonly clusters: TwoClusters
  readonly topic: string
  readonly options: ReplicatorOptions
  private readonly definition: NonNullable<Awaited<ReturnType<Registry['find']>>>

  private constructor(
    home: string,
    clusters: TwoClusters,
    topic: string,
    definition: FailoverWorld['definition'],
    options: ReplicatorOptions,
  ) {
    this.home = home
    this.clusters = clusters
    this.topic = topic
    this.definition = definition
    this.options = options
  }

  static async create(clusters: TwoClusters, { topic, naming = 'IDENTICAL' }: WorldOptions): Promise<FailoverWorld> {
    const home = await temporaryFolder()
    const argv = ['create-replicator', '--replicator-name', NAME, ...requestFor(clusters, topic, naming)]
    const said = await startInProcess(argv, { home }).done
    expect(said).toMatchObject({ exitCode: 0, stderr: '' })
    const definition = await new Registry(home, systemClock).find(NAME)
    if (definition === undefined) throw new Error('it was not registered')
    return new FailoverWorld(home, clusters, topic, definition, await optionsOf(definition))
  }

  /** The engine, until the end of the test. */
  async startEngine(overrides: RunOverrides = {}): Promise<Replicator> {
    const replicator = new Replicator(await optionsOf(this.definition, overrides))
    onTestFinished(() => replicator.stop())
    await replicator.start()
    return replicator
  }

  /** A command in this process; nobody sits at its terminal unless there are answers. */
  start(argv: string[], answers?: string[]) {
    const [command = '', ...rest] = argv
    const env = { KAFKA_REPLICATOR_HOME: this.home }
    const shell = { home: this.home, env, engine: realEngine, ...(answers === undefined ? {} : { answers }) }
    return startInProcess([command, '--replicator-name', NAME, ...rest], shell)
  }

  run(argv: string[], answers?: string[]): Promise<Said> {
    return this.start(argv, answers).done
  }

  failover(...argv: string[]): Promise<Said> {
    return this.run(['failover', ...QUICK, ...argv])
  }

  /** The same in a process of its own, for what cannot be done to ours. */
  spawnFailover(...argv: string[]): ChildProcess {
    const words = [BIN, 'failover', '--replicator-name', NAME, ...QUICK, ...argv]
    const env = { ...process.env, KAFKA_REPLICATOR_HOME: this.home }
    const child = spawn(process.execPath, words, { env, stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
    return child
  }

  /** Sends the signal as soon as the journal has this; answers how it ended. */
  async signalAt(child: ChildProcess, signal: NodeJS.Signals, sign: string) {
    const exit = once(child, 'exit')
    const seen = async () => (child.exitCode !== null || (await this.journal()).includes(sign) ? true : undefined)
    await waitUntil(seen, { timeoutMs: PATIENCE_MS, intervalMs: 5 })
    child.kill(signal)
    const [exitCode, by] = (await exit) as [number | null, NodeJS.Signals | null]
    return { exitCode, by }
  }

  /** The names of all replicators that are registered. */
  async list(): Promise<string[]> {
    const { definitions } = await new Registry(this.home, systemClock).list()
    return definitions.map(({ Request }) => Request.ReplicatorName).sort()
  }

  /** What is asked of the engine now. */
  async asked(): Promise<Asked | null> {
    return await clusterTools(this.options, systemClock).asked()
  }

  /** The text of the newest run's journal; empty while there is none. */
  async journal(): Promise<string> {
    const folder = join(this.home, 'runbooks')
    const ids = existsSync(folder) ? (await readdir(folder)).filter(name => name.startsWith('r-')) : []
    const texts = await Promise.all(ids.map(id => readFile(join(folder, id, 'journal.jsonl'), 'utf8').catch(() => '')))
    return texts.join('')
  }
}

function requestFor({ source, target }: TwoClusters, topic: string, naming: WorldOptions['naming']): string[] {
  const cluster = ({ kafka }: Side) => ({
    ApacheKafkaCluster: {
      ApacheKafkaClusterId: kafka.clusterId,
      BootstrapBrokerString: kafka.bootstrapServers,
    },
  })
  const flow = {
    SourceKafkaClusterId: source.kafka.clusterId,
    TargetKafkaClusterId: target.kafka.clusterId,
    TargetCompressionType: 'NONE',
    TopicReplication: {
      TopicsToReplicate: [topic],
      StartingPosition: { Type: 'EARLIEST' },
      TopicNameConfiguration: { Type: naming },
    },
    ConsumerGroupReplication: { ConsumerGroupsToReplicate: [`${topic}-.*`] },
  }
  return [
    ...['--service-execution-role-arn', 'arn:aws:iam::123456789012:role/r'],
    ...['--kafka-clusters', JSON.stringify([cluster(source), cluster(target)])],
    ...['--replication-info-list', JSON.stringify([flow])],
  ]
}
