import { recordsOf } from '../broker/batch.js'
import { MemoryCluster, type MemoryTopic } from '../broker/memory-cluster.js'
import type { PartitionLog } from '../broker/partition-log.js'
import { recycleLargeBuffers } from '../large-buffers.js'
import { Random } from '../random.js'
import { World } from '../world.js'
import { Engine } from './engine.js'
import { chooseFault, FAULTS } from './faults.js'
import type { Writer } from './groups/consumption.js'
import { GroupScene, type SceneSide } from './groups/group-scene.js'
import { type GroupsPlan, planGroups } from './groups/groups-plan.js'
import { replicatorOptions } from './options.js'
import type { Outcome } from './outcome.js'
import { pretendProcessId } from './process-id.js'
import { healClusters, type Stage } from './stage.js'
import { Truth } from './truth.js'
import { Workload } from './workload.js'

const ACTIVE_MS = { least: 4_000, most: 12_000 } as const
const CATCH_UP_MS = 150_000
const LOOK_MS = 500
/** After all has arrived: whatever still went round would come by within a few seconds. */
const REST_MS = 45_000
/** A replicator finds the one of the other direction within 30 s, and looks at groups again every 30 s. */
const GROUPS_MS = 75_000
/** How often one replicator is killed at the end, while on its target all goes on. */
const ONE_STANDS_STILL = 0.4
/** Producers of others have the numbers below. */
const REPLICATORS_FROM = 1_000
/** Those that leave each cluster as it is for its neighbours. */
const FAULT_NAMES =
  'kill stop cut congest pause move-leader restart-broker move-coordinator expire-producers refuse forget-sessions weather'.split(
    ' ',
  )

const largeBuffers = recycleLargeBuffers()

/** What is native to one cluster, as every other one must get it: in its order, each record once. */
class Origin {
  readonly name: string
  private readonly world: World
  private readonly others: readonly string[]
  private readonly truths = new Map<string, Truth>()

  constructor(world: World, name: string, others: readonly string[]) {
    this.world = world
    this.name = name
    this.others = others
  }

  truthOn(cluster: string, topic: string, partition: number): Truth {
    const key = `${cluster}/${topic}/${partition}`
    let truth = this.truths.get(key)
    if (!truth) {
      truth = new Truth(this.world, `${this.name}→${cluster} ${topic}`, partition)
      this.truths.set(key, truth)
    }
    return truth
  }

  /** For those who produce there. */
  truth(topic: string, partition: number): Pick<Truth, 'produced' | 'decided'> {
    const all = this.others.map(other => this.truthOn(other, topic, partition))
    // Those of its own cluster know them too: whatever comes home is told from what nobody ever produced.
    all.push(this.truthOn(this.name, topic, partition))
    return {
      produced: (...given) => {
        for (const truth of all) truth.produced(...given)
      },
      decided: (...given) => {
        for (const truth of all) truth.decided(...given)
      },
    }
  }

  get missing(): string | undefined {
    for (const [key, truth] of this.truths) {
      if (!key.startsWith(`${this.name}/`) && truth.missing) return `${truth.name}: ${truth.missing}`
    }
    return undefined
  }

  get recordCount(): number {
    return [...this.truths].reduce((sum, [key, truth]) => sum + (key.startsWith(this.name) ? truth.recordCount : 0), 0)
  }
}

/** Two clusters with replicators both ways, or more in a ring, under identical names. */
export async function runRing(seed: number, size: number, withGroups: boolean): Promise<Outcome> {
  const random = new Random(seed)
  const world = new World(random)
  const processId = pretendProcessId(random.chance(0.7))
  const ring = new Ring(world, random, size, withGroups)
  try {
    await ring.live()
    await ring.judge()
  } catch (error) {
    world.fail(`the history broke off: ${error instanceof Error ? error.stack : error}`)
  }
  processId.restore()
  const outcome = {
    seed,
    violation: world.violation?.message,
    trace: world.trace,
    records: ring.recordCount,
    held: [],
    virtualMs: world.time.elapsed,
    groupCommits: ring.groupCommits,
  }
  ring.end()
  largeBuffers.endOfHistory()
  return outcome
}

class Ring {
  private readonly world: World
  private readonly random: Random
  private readonly clusters: MemoryCluster[]
  private readonly origins: Origin[]
  private readonly workloads: Workload[]
  private readonly engines: Engine[]
  private readonly groups: GroupScene | undefined

  constructor(world: World, random: Random, size: number, withGroups: boolean) {
    this.world = world
    this.random = random
    const names = ['aaa', 'bbb', 'ccc', 'ddd'].slice(0, size)
    this.clusters = names.map(name => this.cluster(name))
    this.origins = names.map(
      name =>
        new Origin(
          world,
          name,
          names.filter(other => other !== name),
        ),
    )
    for (const cluster of this.clusters) cluster.onPartition = (log, topic) => this.watch(cluster, log, topic)
    const groups = withGroups && size === 2 ? planGroups(random.fork(), 'identical', 0.7) : undefined
    this.groups = groups && this.groupScene(groups)
    const topics = Array.from({ length: random.between(1, 2) }, (_, n) => ({ n, partitions: random.between(1, 2) }))
    for (const [i, cluster] of this.clusters.entries()) {
      for (const { n, partitions } of topics) {
        if (i === 0 || random.chance(0.6)) cluster.create(`topic${n}`, partitions)
      }
    }
    const transactionChance = random.pick([0, 0.2, 0.6])
    const shape = { newestMs: 0, oldestMs: 500, gzipChance: 0, transactionChance, longestValue: 40, poisonBytes: 0 }
    this.workloads = this.clusters.map(
      (cluster, i) => new Workload(world, cluster, this.origins[i]!, random.fork(), { ...shape, name: names[i]! }),
    )
    this.engines = this.clusters.map((source, i) => this.engine(source, this.clusters[(i + 1) % size]!, groups))
    world.tell(`ring ${names.join(' ')}${groups ? `, groups ${groups.mode}` : ''}`)
  }

  get recordCount(): number {
    return this.origins.reduce((sum, origin) => sum + origin.recordCount, 0)
  }

  get groupCommits(): number {
    return this.groups?.judge.count ?? 0
  }

  async live(): Promise<void> {
    const { world, random } = this
    const activeMs = random.between(ACTIVE_MS.least, ACTIVE_MS.most)
    const someTime = () => random.next() * activeMs
    this.groups?.live()
    for (const engine of this.engines) world.time.after(random.between(0, 2_000), () => engine.start())
    for (const workload of this.workloads) {
      for (let steps = random.between(4, 25); steps > 0; steps--) world.time.after(someTime(), () => workload.step())
    }
    const faults = FAULTS.filter(({ name }) => FAULT_NAMES.includes(name))
    for (let count = random.between(0, 12); count > 0; count--) {
      const fault = chooseFault(faults, random)
      const edge = random.between(0, this.clusters.length - 1)
      world.time.after(someTime(), () => fault.strike(this.stage(edge)))
    }
    for (let passed = 0; passed < activeMs && !world.violation; passed += LOOK_MS) await world.time.pass(LOOK_MS)
  }

  async judge(): Promise<void> {
    const { world } = this
    if (world.violation) return
    for (const workload of this.workloads) workload.finish()
    this.groups?.rest()
    healClusters(world, this.clusters)
    await world.time.pass(7_000)
    for (const engine of this.engines) engine.start()
    let why: string | undefined = 'nothing was looked at'
    for (let passed = 0; passed < CATCH_UP_MS && why !== undefined; passed += LOOK_MS) {
      await world.time.pass(LOOK_MS)
      if (world.violation) return
      why = this.origins.map(({ missing }) => missing).find(missing => missing !== undefined)
    }
    if (why !== undefined) return world.fail(`not done ${CATCH_UP_MS / 1000} s after all was well: ${why}`)
    const before = this.ends()
    await this.groupsAreRight(this.clusters, REST_MS)
    const after = this.ends()
    if (before !== after) world.fail(`nobody produces, and yet the logs grow: ${before} → ${after}`)
    if (this.groups && this.random.chance(ONE_STANDS_STILL)) await this.goOnWithoutOne(this.groups)
  }

  /** Whoever stands still with nothing to do must not hold up groups on the other way. */
  private async goOnWithoutOne(groups: GroupScene): Promise<void> {
    const { world, random } = this
    const n = random.between(0, 1)
    const [busy, still] = [this.clusters[n]!, this.engines[1 - n]!]
    // A note of a dead life may have come last: then what it says is old until something moves.
    if (busy.orphans > 0) return
    still.kill()
    for (let steps = random.between(1, 6); steps > 0; steps--) this.workloads[n]!.step()
    this.workloads[n]!.finish()
    await world.time.pass(random.between(0, 3_000))
    groups.visit(busy)
    await this.groupsAreRight([busy], LOOK_MS)
  }

  /** Those of some clusters, after so much time at least. */
  private async groupsAreRight(sources: readonly MemoryCluster[], leastMs: number): Promise<void> {
    const { world } = this
    let why: string | undefined = 'nothing was looked at'
    for (let passed = 0; passed < leastMs || (passed < GROUPS_MS && why !== undefined); passed += LOOK_MS) {
      await world.time.pass(LOOK_MS)
      if (world.violation) return
      why = this.groups?.unfinished(source => sources.includes(source))
    }
    if (why !== undefined) world.fail(`not right ${GROUPS_MS / 1000} s after all was copied: ${why}`)
  }

  end(): void {
    for (const engine of this.engines) engine.kill()
  }

  private ends(): string {
    const logs = this.clusters.flatMap(cluster => cluster.allPartitions().map(log => ({ cluster, log })))
    return logs
      .filter(({ log }) => !log.topic.startsWith('__'))
      .map(({ cluster, log }) => `${cluster.alias} ${log.topic}-${log.partition} ${log.end}`)
      .sort()
      .join(', ')
  }

  private cluster(name: string): MemoryCluster {
    const cluster = new MemoryCluster(this.world, name, this.random.between(1, 3))
    cluster.nextProducerId = REPLICATORS_FROM
    cluster.fetchesById = this.random.chance(0.6)
    cluster.orphansOutliveExpiry = false
    cluster.producerIdExpirationMs = this.random.chance(0.3) ? this.random.between(1_000, 4_000) : 86_400_000
    return cluster
  }

  private engine(source: MemoryCluster, target: MemoryCluster, groups: GroupsPlan | undefined): Engine {
    const name = `${source.alias}-${target.alias}`
    const options = replicatorOptions(name, { source: source.alias, target: target.alias }, { groups })
    return new Engine(`${name}-`, this.world, { source, target }, options, { mayHold: () => false })
  }

  private groupScene(plan: GroupsPlan): GroupScene {
    const [aaa, bbb] = this.clusters as [MemoryCluster, MemoryCluster]
    const writerOf = (producerId: number) => (producerId >= REPLICATORS_FROM ? 'copy' : 'native')
    const sides: SceneSide[] = [aaa, bbb].map(cluster => ({
      ...{ cluster, takesLoners: false, writerOf },
      isWanted: topic => !topic.startsWith('__'),
    }))
    const both: Writer[] = ['copy', 'native']
    const protects: Writer[] = plan.mode === 'enhanced' ? both : ['copy']
    const way = { targetNameOf: (topic: string) => topic, followsResets: plan.followResets, protects, holdsUp: both }
    return new GroupScene(this.world, this.random.fork(), plan, sides, [
      { source: aaa, target: bbb, ...way },
      { source: bbb, target: aaa, ...way },
    ])
  }

  private stage(edge: number): Stage {
    const source = this.clusters[edge]!
    const target = this.clusters[(edge + 1) % this.clusters.length]!
    const { world, random } = this
    const engines = [this.engines[edge]!]
    // The faults that are chosen for a ring touch neither workload nor judge.
    return { world, random, source, target, engines, targetNameOf: topic => topic } as Partial<Stage> as Stage
  }

  private watch(cluster: MemoryCluster, log: PartitionLog, { name }: MemoryTopic): void {
    if (name.startsWith('__')) return
    log.onAppend = ({ header, bytes }) => {
      if (header.isControl || header.producerId < REPLICATORS_FROM) return
      const where = `${cluster.alias} ${name}-${log.partition}`
      this.world.tell(`${where} +${header.recordCount} at ${header.baseOffset} by ${header.producerId}`)
      for (const record of recordsOf(bytes, header)) {
        const origin = this.origins.find(one => one.truthOn(cluster.alias, name, log.partition).knows(record))
        if (!origin) this.world.fail(`${where}: a record that nobody ever produced at offset ${record.offset}`)
        else if (origin.name === cluster.alias)
          this.world.fail(`${where}: a record came home at offset ${record.offset}`)
        else origin.truthOn(cluster.alias, name, log.partition).copied([record])
      }
    }
  }
}
