import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { realEngine } from '../../src/cli/real-engine.js'
import { optionsOf } from '../../src/cli/replicator-states.js'
import { systemClock } from '../../src/clock.js'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import { Registry } from '../../src/registry/registry.js'
import { Replicator } from '../../src/replication/replicator.js'
import type { ReplicatorOptions, RunOverrides } from '../../src/replication/replicator-options.js'
import { type Said, startInProcess } from '../cli/fake-shell.js'
import { MovingProducer } from './moving-groups.js'
import { temporaryFolder } from './temporary-folder.js'
import type { Side, TwoClusters } from './two-clusters.js'

/** Needs `npm run build`, as every test with a process of its own. */
const BIN = fileURLToPath(new URL('../../bin/kafka-replicator.js', import.meta.url))
const NAME = 'orders-dr'
/** Gates that are quick, and still look twice. */
export const QUICK = ['--interval', '1', '--samples', '2']
/** A look at two clusters on a busy machine takes seconds. */
const PATIENCE_MS = 60_000
const WRITE_INTERVAL_MS = 30

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

  /** Kills it as soon as that is so; answers how it ended. */
  async killWhen(child: ChildProcess, isSo: () => Promise<boolean>): Promise<NodeJS.Signals | null> {
    const exit = once(child, 'exit')
    const seen = async () => (child.exitCode !== null || (await isSo()) ? true : undefined)
    await waitUntil(seen, { timeoutMs: PATIENCE_MS, intervalMs: 5 })
    child.kill('SIGKILL')
    const [, signal] = await exit
    return signal
  }

  /** Kills it as soon as its journal has this. */
  killAt(child: ChildProcess, sign: string): Promise<NodeJS.Signals | null> {
    return this.killWhen(child, async () => (await this.journal()).includes(sign))
  }

  /** The text of the newest run's journal; empty while there is none. */
  async journal(): Promise<string> {
    const folder = join(this.home, 'runbooks')
    const ids = existsSync(folder) ? (await readdir(folder)).filter(name => name.startsWith('r-')) : []
    const texts = await Promise.all(ids.map(id => readFile(join(folder, id, 'journal.jsonl'), 'utf8').catch(() => '')))
    return texts.join('')
  }
}

/**
 * An application that writes to the source until it is told to stop, and to the target once it is told to start there; by
 * files, so that hooks can tell it.
 */
export class HookedProducer {
  readonly values: string[] = []
  readonly hooks: string[]
  private readonly folder: string
  private readonly producer: MovingProducer
  private ended = false
  private running: Promise<void> = Promise.resolve()

  private constructor(folder: string, producer: MovingProducer) {
    this.folder = folder
    this.producer = producer
    this.values = producer.values
    // Each says so in a file, so that a test sees how often it was run.
    const hook = (name: string, act: string) => ['--on', `${name}=echo ${name} >> '${folder}/calls'; ${act}`]
    this.hooks = [
      ...hook('stop-producers', `rm -f '${folder}/source'; while [ -e '${folder}/writing' ]; do sleep 0.05; done`),
      ...hook('start-consumers', 'true'),
      // Long enough to be killed in its midst.
      ...hook('start-producers', `sleep 1; touch '${folder}/target'`),
    ]
  }

  /** Writes until the end of the test. */
  static async start({ source, target }: TwoClusters, topic: string): Promise<HookedProducer> {
    const folder = await temporaryFolder()
    const producer = new MovingProducer(topic, 2)
    const hooked = new HookedProducer(folder, producer)
    await writeFile(join(folder, 'source'), '')
    hooked.running = hooked.write({ source, target })
    onTestFinished(async () => {
      hooked.ended = true
      await hooked.running
    })
    return hooked
  }

  /** How often each hook was run. */
  async calls(): Promise<string[]> {
    return (await readFile(join(this.folder, 'calls'), 'utf8')).trim().split('\n')
  }

  async stop(): Promise<void> {
    this.ended = true
    await this.running
  }

  private async write({ source, target }: { source: Side; target: Side }): Promise<void> {
    const writing = join(this.folder, 'writing')
    while (!this.ended) {
      await writeFile(writing, '')
      if (existsSync(join(this.folder, 'source'))) await this.producer.write(source, 3)
      else if (existsSync(join(this.folder, 'target'))) await this.producer.write(target, 3)
      await rm(writing)
      await systemClock.sleep(WRITE_INTERVAL_MS)
    }
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
