import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { Command } from './command.js'
import { MovingGroup, MovingProducer } from './moving-groups.js'
import type { Side } from './two-clusters.js'

const HOOKS = ['stop-producers', 'stop-consumers', 'start-consumers', 'start-producers']
/** Nobody is asked, and gates look often. */
export const UNATTENDED = ['--yes', '--samples', '1', '--interval', '1', '--timeout', '60']
export const WITH_HOOKS = [...UNATTENDED, ...HOOKS.flatMap(hook => ['--on', `${hook}=true`])]

export interface Place {
  primary: Side
  secondary: Side
  /** The folder of the command line. */
  home: string
  naming?: 'IDENTICAL' | 'PREFIXED_WITH_SOURCE_CLUSTER_ALIAS'
}

/** One topic and one group, a replicator from the primary to the secondary, and applications that move. */
export class Business {
  readonly name: string
  readonly producer: MovingProducer
  readonly group: MovingGroup

  private readonly place: Place

  private constructor(name: string, place: Place) {
    this.name = name
    this.place = place
    this.producer = new MovingProducer(name, 2)
    this.group = new MovingGroup(`${name}-app`, name)
  }

  static async open(name: string, place: Place): Promise<Business> {
    const business = new Business(name, place)
    await business.producer.createTopic(place.primary)
    await business.create(name, await business.writeFiles())
    return business
  }

  command(name: string, more: readonly string[] = []): Command {
    return new Command(this.place.home, [name, '--replicator-name', this.name, ...more])
  }

  run(name: string, more: readonly string[] = []) {
    return this.command(name, more).end()
  }

  /** Runs a runbook to its end and answers what it said. */
  async done(name: string, more: readonly string[] = WITH_HOOKS): Promise<string> {
    const { exitCode, output } = await this.run(name, more)
    expect(exitCode, output).toBe(0)
    return output
  }

  /** Starts the replicator, and waits until it copies. */
  async engine(...more: string[]): Promise<Command> {
    const engine = this.command('run', more)
    await engine.untilSaid('copying ')
    return engine
  }

  /** Registers a replicator of the other direction, as a user would, and runs it. */
  async reverseEngine(): Promise<Command> {
    const name = `${this.name}-back`
    await this.create(name, await this.writeFiles({ isReverse: true }))
    const engine = new Command(this.place.home, ['run', '--replicator-name', name])
    await engine.untilSaid('copying ')
    return engine
  }

  private async create(name: string, files: { clusters: string; flows: string }): Promise<void> {
    const { exitCode, output } = await new Command(this.place.home, [
      ...['create-replicator', '--replicator-name', name],
      ...['--service-execution-role-arn', 'arn:aws:iam::123456789012:role/r'],
      ...['--kafka-clusters', `file://${files.clusters}`, '--replication-info-list', `file://${files.flows}`],
    ]).end()
    expect(exitCode, output).toBe(0)
  }

  private async writeFiles({ isReverse = false } = {}) {
    const { primary, secondary, naming = 'IDENTICAL' } = this.place
    const [source, target] = isReverse ? [secondary, primary] : [primary, secondary]
    const cluster = ({ kafka }: Side) => ({
      ApacheKafkaCluster: { ApacheKafkaClusterId: kafka.clusterId, BootstrapBrokerString: kafka.bootstrapServers },
    })
    const flow = {
      SourceKafkaClusterId: source.kafka.clusterId,
      TargetKafkaClusterId: target.kafka.clusterId,
      TargetCompressionType: 'NONE',
      TopicReplication: {
        TopicsToReplicate: [this.name],
        TopicNameConfiguration: { Type: naming },
        StartingPosition: { Type: 'EARLIEST' },
      },
      ConsumerGroupReplication: { ConsumerGroupsToReplicate: [this.group.name], SynchroniseConsumerGroupOffsets: true },
    }
    const write = async (name: string, content: object) => {
      const path = join(this.place.home, `${this.name}-${isReverse ? 'back' : 'there'}-${name}.json`)
      await writeFile(path, JSON.stringify(content))
      return path
    }
    return {
      clusters: await write('clusters', [cluster(primary), cluster(secondary)]),
      flows: await write('flows', [flow]),
    }
  }
}
