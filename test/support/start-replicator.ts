import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.js'
import type { ReplicationEvent } from '../../src/events.js'
import { STOP_ALWAYS } from '../../src/policy/obstacle-policy.js'
import { Replicator } from '../../src/replication/replicator.js'
import type { GroupSelection, ReplicatorOptions, TopicSelection } from '../../src/replication/replicator-options.js'
import type { PartitionSnapshot } from '../../src/replication/snapshot.js'
import type { Side, TwoClusters } from './two-clusters.js'

export interface TestOptions extends Partial<Omit<ReplicatorOptions, 'topics' | 'groups'>> {
  /** The include pattern, or more of the selection; default: identical names from the earliest offset. */
  topics: string | Partial<TopicSelection>
  /** The include pattern of consumer groups, or more of the selection; default: none. */
  groups?: string | Partial<GroupSelection>
  /** How often it looks for new topics; default 30 s, as in production. */
  discoveryMs?: number
  /** While this is closed, whatever pauses stays so: it neither retries nor looks again. */
  gate?: Gate
  /** By how many milliseconds its clock is ahead, so that what waits long for its time has it now. */
  ahead?: { ms: number }
}

/** Closed and opened by a test. */
export class Gate {
  private opened: Promise<void> = Promise.resolve()
  open: () => void = () => {}

  close(): void {
    this.opened = new Promise(resolve => {
      this.open = resolve
    })
  }

  pass(): Promise<void> {
    return this.opened
  }
}

/** Options for a replicator between two clusters; without an `id` it is a new one. */
export function optionsFor(
  clusters: TwoClusters,
  { topics, groups = {}, discoveryMs: _, gate: __, ahead: ___, ...rest }: TestOptions,
): ReplicatorOptions {
  return {
    name: 'test',
    id: randomUUID(),
    source: connectionTo(clusters.source, 'source'),
    target: connectionTo(clusters.target, 'target'),
    compression: 'PRESERVE',
    obstacles: STOP_ALWAYS,
    repairProvenance: false,
    startOver: false,
    resumeCopying: false,
    ...rest,
    topics: {
      include: typeof topics === 'string' ? [topics] : [],
      exclude: [],
      naming: 'identical',
      startAt: 'earliest',
      copyConfigurations: true,
      copyAccessControlLists: true,
      detectNew: true,
      ...(typeof topics === 'string' ? {} : topics),
    },
    groups: {
      include: typeof groups === 'string' ? [groups] : [],
      exclude: [],
      synchronise: true,
      detectNew: true,
      mode: 'legacy',
      followResets: false,
      ...(typeof groups === 'string' ? {} : groups),
    },
  }
}

export function connectionTo({ kafka }: Pick<Side, 'kafka'>, alias: string): ReplicatorOptions['source'] {
  return {
    alias,
    reference: kafka.clusterId,
    expectedClusterId: kafka.clusterId,
    bootstrapBrokers: [kafka.bootstrapServers],
  }
}

/** Starts a replicator in this process. It is stopped at the end of the test, whatever happens. */
export async function startReplicator(clusters: TwoClusters, options: TestOptions): Promise<RunningReplicator> {
  const running = new RunningReplicator(clusters, options)
  onTestFinished(() => running.stop())
  await running.replicator.start()
  return running
}

/** Much longer than anything takes on a busy machine, and shorter than a test. */
const PATIENCE_MS = 45_000
const POLL_MS = 50

export class RunningReplicator {
  readonly replicator: Replicator
  readonly events: ReplicationEvent[] = []
  private readonly source: Side

  constructor(clusters: TwoClusters, options: TestOptions) {
    this.source = clusters.source
    this.replicator = new Replicator(optionsFor(clusters, options), clockWith(options))
    this.replicator.onEvent(event => this.events.push(event))
  }

  get recordsCopied(): number {
    return this.replicator.snapshot().recordsCopied
  }

  stop(): Promise<void> {
    return this.replicator.stop()
  }

  /** One topic's partitions, as the replicator sees them now. */
  partitions(sourceTopic: string): PartitionSnapshot[] {
    return this.replicator.snapshot().topics.find(topic => topic.sourceTopic === sourceTopic)?.partitions ?? []
  }

  messages(code: ReplicationEvent['code']): string[] {
    return this.events.filter(event => event.code === code).map(({ message }) => message)
  }

  /** Waits until everything that the topic holds now has passed; the outside client says how much that is. */
  async untilCaughtUp(...topics: string[]): Promise<void> {
    for (const topic of topics) {
      const ends = await this.source.client.endOffsets(topic)
      await this.until(`${topic} is copied`, () => {
        const copied = new Map(this.partitions(topic).map(one => [one.partition, one.copied]))
        return ends.every(({ partition, end }) => (copied.get(partition) ?? -1) >= Number(end))
      })
    }
  }

  /** Waits until a partition is held and answers why. */
  async untilHeld(topic: string, partition = 0): Promise<string> {
    const find = () => this.partitions(topic).find(one => one.partition === partition && one.state === 'held')
    await this.until(`${topic}-${partition} is held`, () => find() !== undefined)
    return find()?.reason ?? ''
  }

  untilEvent(code: ReplicationEvent['code'], where = ''): Promise<void> {
    const isIt = (event: ReplicationEvent) => event.code === code && event.message.includes(where)
    return this.until(`event ${code} ${where}`, () => this.events.some(isIt))
  }

  /** Waits for a condition; says what it saw instead when it does not come. */
  async until(what: string, condition: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    const deadline = performance.now() + patienceMs
    while (!condition()) {
      if (performance.now() > deadline) {
        const seen = { events: this.events.map(({ message }) => message), topics: this.replicator.snapshot().topics }
        throw new Error(`not so after ${patienceMs / 1000} s: ${what}. Seen: ${JSON.stringify(seen, null, 1)}`)
      }
      await systemClock.sleep(POLL_MS)
    }
  }
}

const DISCOVERY_INTERVAL_MS = 30_000

/** The machine's clock, with the one long pause of the engine made short; or ahead of its time. */
function clockWith({ discoveryMs = DISCOVERY_INTERVAL_MS, gate, ahead }: TestOptions): Clock {
  return {
    ...systemClock,
    monotonic: () => systemClock.monotonic() + (ahead?.ms ?? 0),
    sleep: async (ms, signal) => {
      await gate?.pass()
      await systemClock.sleep(ms === DISCOVERY_INTERVAL_MS ? discoveryMs : ms, signal)
    },
  }
}
