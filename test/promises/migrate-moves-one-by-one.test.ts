import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished } from 'vitest'
import { realEngine } from '../../src/cli/real-engine.js'
import { systemClock } from '../../src/clock.js'
import { runInProcess, type Said, startInProcess } from '../cli/fake-shell.js'
import { MovingGroup, MovingProducer } from '../support/moving-groups.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { thoroughTest } from '../support/thorough.js'
import { type Side, startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/**
 * **applications move one by one**: with an ENHANCED replicator each way, `migrate` moves a group and the producers there
 * and back while the others go on, and the group reads every value once.
 */

const TOPIC = 'orders'
const GROUP = 'orders-app'
const POLL_MS = 100

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

thoroughTest(
  'a group and the producers move there and back, and both replicators are deleted at the end',
  async () => {
    const { source, target } = clusters
    const home = await temporaryFolder()
    const shell = { home, engine: realEngine, env: { KAFKA_REPLICATOR_HOME: home } }
    const producer = new MovingProducer(TOPIC, 2)
    await producer.createTopic(source, target)
    await runInProcess(createArguments('there', source, target), shell)
    await runInProcess(createArguments('back', target, source), shell)
    const engines = startInProcess(['run', '--all'], shell)
    onTestFinished(async () => {
      engines.signal()
      await engines.done
    })
    const load = new Load(producer)
    onTestFinished(() => load.stop())
    const member = new Member(new MovingGroup(GROUP, TOPIC))
    load.start(source)
    await member.start(source)
    const migrate = async (...argv: string[]) => {
      const gates = ['--samples', '1', '--interval', '1', '--timeout', '60', '--yes']
      return await runInProcess(['migrate', '--replicator-name', 'there', 'back', ...gates, ...argv], shell)
    }
    const moveGroup = async (from: Side, to: Side, ...argv: string[]) => {
      const hooks = await hooksFor({
        'stop-consumers': () => member.stop(from),
        'start-consumers': () => member.start(to),
      })
      return await migrate('--group', GROUP, ...argv, ...hooks)
    }
    const moveProducers = async (to: Side, ...argv: string[]) => {
      const hooks = await hooksFor({ 'stop-producers': () => load.stop(), 'start-producers': () => load.start(to) })
      return await migrate('--producers', ...argv, ...hooks)
    }

    expect(done(await moveGroup(source, target))).toMatch(runsOn(target))
    expect(done(await moveProducers(target))).toContain(`producers: on ${target.kafka.clusterId} since`)
    // In the other order on the way back.
    expect(done(await moveProducers(source, '--back'))).toContain(`producers: on ${source.kafka.clusterId} since`)
    expect(done(await moveGroup(target, source, '--back'))).toMatch(runsOn(source))
    await load.stop()
    await member.stop(source)
    await member.group.read(source)
    member.group.expectOnce(producer.values)
    expect(producer.values.length).toBeGreaterThan(0)
    await producer.untilCopiedTo(source, target)

    done(await migrate('--finish'))
    expect((await runInProcess(['list-replicators', '--output', 'text'], shell)).stdout).toBe('')
    expect((await engines.done).stdout).toContain('there was deleted: it stops')
  },
  240_000,
)

/** What a call said, that must have ended well. */
function done({ exitCode, stdout, stderr }: Said): string {
  expect({ exitCode, stderr }, stdout).toEqual({ exitCode: 0, stderr: '' })
  return stdout
}

function runsOn({ kafka }: Side): RegExp {
  return new RegExp(`${GROUP} +${kafka.clusterId} +\\d+ +\\d+\\n`)
}

function createArguments(name: string, source: Side, target: Side): string[] {
  const cluster = ({ kafka }: Side) => ({
    ApacheKafkaCluster: { ApacheKafkaClusterId: kafka.clusterId, BootstrapBrokerString: kafka.bootstrapServers },
  })
  const flow = {
    SourceKafkaClusterId: source.kafka.clusterId,
    TargetKafkaClusterId: target.kafka.clusterId,
    TargetCompressionType: 'NONE',
    TopicReplication: {
      TopicsToReplicate: [TOPIC],
      TopicNameConfiguration: { Type: 'IDENTICAL' },
      StartingPosition: { Type: 'EARLIEST' },
    },
    ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['.*'], ConsumerGroupOffsetSyncMode: 'ENHANCED' },
  }
  return [
    ...['create-replicator', '--replicator-name', name],
    ...['--service-execution-role-arn', 'arn:aws:iam::123456789012:role/r'],
    ...['--kafka-clusters', JSON.stringify([cluster(source), cluster(target)])],
    ...['--replication-info-list', JSON.stringify([flow])],
  ]
}

/** Commands that have this test do it: each asks by a file, and waits for the answer. */
async function hooksFor(actions: Record<string, () => Promise<void> | void>): Promise<string[]> {
  const folder = await temporaryFolder()
  const over = new AbortController()
  onTestFinished(() => over.abort())
  for (const [name, action] of Object.entries(actions)) void serve(join(folder, name), action, over.signal)
  return Object.keys(actions).flatMap(name => {
    const file = join(folder, name)
    return [
      '--on',
      `${name}=touch ${file}.asked; until [ -e ${file}.done ]; do sleep 0.1; done; cat ${file}.done; test ! -s ${file}.done`,
    ]
  })
}

async function serve(file: string, action: () => Promise<void> | void, end: AbortSignal): Promise<void> {
  while (!end.aborted && !existsSync(`${file}.asked`)) await systemClock.sleep(POLL_MS, end)
  if (end.aborted) return
  const failure = await Promise.resolve(action()).then(
    () => '',
    error => String(error),
  )
  await writeFile(`${file}.done`, failure)
}

/** Writes a few values again and again, on one side at a time. */
class Load {
  private readonly producer: MovingProducer
  private writing: { end: AbortController; done: Promise<void> } | undefined

  constructor(producer: MovingProducer) {
    this.producer = producer
  }

  start(side: Side): void {
    const end = new AbortController()
    this.writing = { end, done: this.write(side, end.signal) }
  }

  async stop(): Promise<void> {
    this.writing?.end.abort()
    await this.writing?.done
  }

  private async write(side: Side, end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      await this.producer.write(side, 3)
      await systemClock.sleep(POLL_MS, end)
    }
  }
}

/** A consumer that stays where it is until it is stopped. */
class Member {
  readonly group: MovingGroup

  constructor(group: MovingGroup) {
    this.group = group
  }

  async start({ client }: Side): Promise<void> {
    await client.startMember({ group: GROUP, topics: [TOPIC], commit: true })
  }

  async stop({ client }: Side): Promise<void> {
    this.group.take((await client.stopMember(GROUP)).map(({ value }) => String(value)))
  }
}
