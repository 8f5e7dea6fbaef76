import { randomInt } from 'node:crypto'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { Random } from '../simulation/random.js'
import { EngineProcess } from '../support/engine-process.js'
import { LogMirror, type Prospect, prospectOf } from '../support/log-mirror.js'
import { MovingGroup, MovingProducer } from '../support/moving-groups.js'
import { optionsFor } from '../support/start-replicator.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/**
 * **groups move both ways**, for long and under load: producers write all the time and move, groups read in turns on
 * either side, engines are killed at any moment. `npm run soak:groups` does it for much longer.
 */

/** Moves of groups: a few in every test run, hundreds with `npm run soak:groups`. */
const MOVES = Number(process.env.KAFKA_REPLICATOR_MOVES ?? 8)
const SEED = Number(process.env.KAFKA_REPLICATOR_SEED ?? randomInt(1_000_000))
const PARTITIONS = 2
/** Records at a time, with a pause between: enough that something is always on its way, few enough to read them all. */
const BURST = { least: 2, most: 12, pauseMs: 200 } as const
/** Of so many bursts, one is the last before its producer moves. */
const BURSTS_PER_MOVE = 20
const KILL_CHANCE = 0.4
const READ_MAX = 80
/** Until a group is synced, kills of engines included. */
const SYNC_MS = 60_000
/** Where both sides produce, a move need not be clean; so long it is waited for all the same. */
const MIXED_SYNC_MS = 3_000
const POLL_MS = 100

const SIDES = ['source', 'target'] as const
type SideName = (typeof SIDES)[number]
const other = (side: SideName): SideName => (side === 'source' ? 'target' : 'source')

/** One producer at a time writes to the first two, wherever it is; to the third, one on each side at once. */
const CLEAN_TOPICS = ['plain', 'transactions'] as const
const MIXED_TOPIC = 'mixed'
const TOPICS = [...CLEAN_TOPICS, MIXED_TOPIC]

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

test(`${MOVES} moves of groups under load, while producers move and engines are killed (seed ${SEED})`, {
  timeout: 120_000 + MOVES * 15_000,
}, async () => {
  const random = new Random(SEED)
  for (const topic of TOPICS) {
    await Promise.all(SIDES.map(side => clusters[side].client.createTopic(topic, PARTITIONS)))
  }
  const mirrors = mirrorsOf(clusters)
  const engines = SIDES.map(from => new Engine(from))
  const load = new Load(mirrors, random)
  const groups = [
    { group: new MovingGroup('both', ...CLEAN_TOPICS), at: 'source' as SideName },
    { group: new MovingGroup('one', 'plain'), at: 'target' as SideName },
    { group: new MovingGroup('another', 'transactions'), at: 'source' as SideName },
    { group: new MovingGroup('mixed', MIXED_TOPIC), at: 'source' as SideName },
  ]
  let unclean = 0
  for (let move = 1; move <= MOVES; move++) {
    const moving = random.pick(groups)
    await moving.group.read(clusters[moving.at], random.between(1, READ_MAX))
    if (random.chance(KILL_CHANCE)) await random.pick(engines).killAndRestart()
    const there = other(moving.at)
    const logs = mirrors[there].filter(({ topic }) => moving.group.topics.includes(topic))
    if (!(await untilClean(moving.group, logs, `move ${move}, seed ${SEED}`))) unclean++
    moving.at = there
  }
  await load.stop()
  for (const { group, at } of groups) await group.read(clusters[at])

  for (const { group } of groups) {
    const values = group.topics.flatMap(topic => load.valuesOf(topic))
    const isMixed = group.topics.includes(MIXED_TOPIC)
    expect({ missing: group.missing(values), again: isMixed ? [] : group.again }, group.name).toEqual({
      missing: [],
      again: [],
    })
    expect(values.length, group.name).toBeGreaterThan(0)
  }
  const mixed = groups.find(({ group }) => group.name === 'mixed')?.group
  const records = TOPICS.reduce((sum, topic) => sum + load.valuesOf(topic).length, 0)
  const lives = engines.map(({ kills }) => kills).join(' and ')
  process.stdout.write(
    `seed ${SEED}: ${MOVES} moves, ${records} records, ${load.moves} moves of producers, ${lives} kills; ` +
      `clean moves read 0 again; of both origins at once, ${unclean} moves read ${mixed?.again.length} again\n`,
  )
})

/** Waits until a move would skip nothing and read nothing again; false where both sides produce and it would. */
async function untilClean(group: MovingGroup, logs: readonly LogMirror[], when: string): Promise<boolean> {
  const isMixed = group.topics.includes(MIXED_TOPIC)
  const deadline = performance.now() + (isMixed ? MIXED_SYNC_MS : SYNC_MS)
  for (;;) {
    const prospect: Prospect = await prospectOf(group, logs)
    expect(prospect.skipped, `${group.name} skips, ${when}`).toEqual([])
    if (prospect.again.length === 0) return true
    if (performance.now() > deadline) {
      if (isMixed) return false
      throw new Error(`${group.name} would read again at ${when}: ${prospect.again.slice(0, 20).join(' ')}`)
    }
    await systemClock.sleep(POLL_MS)
  }
}

/** A replicator in a process of its own, from one side to the other. */
class Engine {
  kills = 0
  private readonly options
  private process: EngineProcess

  constructor(from: SideName) {
    const direction = { source: clusters[from], target: clusters[other(from)] }
    this.options = optionsFor(direction, {
      id: `from-${from}`,
      topics: { include: TOPICS },
      groups: { include: ['.*'], mode: 'enhanced' },
    })
    this.process = new EngineProcess(this.options)
    onTestFinished(() => this.process.kill())
  }

  async killAndRestart(): Promise<void> {
    await this.process.kill()
    this.kills++
    this.process = new EngineProcess(this.options)
  }
}

type Mirrors = Record<SideName, LogMirror[]>

function mirrorsOf({ source, target }: TwoClusters): Mirrors {
  return {
    source: TOPICS.map(topic => new LogMirror(source, topic, PARTITIONS)),
    target: TOPICS.map(topic => new LogMirror(target, topic, PARTITIONS)),
  }
}

/** Producers that write all the time. */
class Load {
  moves = 0
  private readonly producers: MovingProducer[] = []
  private readonly mirrors: Mirrors
  private readonly writing: Promise<void>[]
  private stopping = false

  constructor(mirrors: Mirrors, random: Random) {
    this.mirrors = mirrors
    this.writing = [
      this.write(this.producer('plain'), 'write', 'source', random.fork(), true),
      this.write(this.producer('transactions'), 'writeTransactions', 'target', random.fork(), true),
      this.write(this.producer(MIXED_TOPIC, 'of-source'), 'writeTransactions', 'source', random.fork(), false),
      this.write(this.producer(MIXED_TOPIC, 'of-target'), 'write', 'target', random.fork(), false),
    ]
    // Whoever waits for the end hears of a failure; until then it must not end the process.
    for (const one of this.writing) one.catch(() => {})
  }

  valuesOf(topic: string): string[] {
    return this.producers.filter(producer => producer.topic === topic).flatMap(({ values }) => values)
  }

  /** When all that was written lies on both sides. */
  async stop(): Promise<void> {
    this.stopping = true
    await Promise.all(this.writing)
    for (const topic of TOPICS) await this.untilCopied(topic)
  }

  private producer(topic: string, label = topic): MovingProducer {
    const producer = new MovingProducer(topic, PARTITIONS, label)
    this.producers.push(producer)
    return producer
  }

  private async write(
    producer: MovingProducer,
    how: 'write' | 'writeTransactions',
    first: SideName,
    random: Random,
    moves: boolean,
  ): Promise<void> {
    let side = first
    while (!this.stopping) {
      await producer[how](clusters[side], random.between(BURST.least, BURST.most))
      await systemClock.sleep(BURST.pauseMs)
      if (!moves || !random.chance(1 / BURSTS_PER_MOVE)) continue
      await this.untilCopied(producer.topic)
      side = other(side)
      this.moves++
    }
  }

  private async untilCopied(topic: string): Promise<void> {
    const deadline = performance.now() + SYNC_MS
    const wanted = this.valuesOf(topic).length
    const logs = SIDES.flatMap(side => this.mirrors[side]).filter(log => log.topic === topic)
    for (;;) {
      await Promise.all(logs.map(log => log.refresh()))
      if (logs.every(log => log.size >= wanted)) return
      if (performance.now() > deadline) throw new Error(`${topic}: ${logs.map(({ size }) => size)} of ${wanted} copied`)
      await systemClock.sleep(POLL_MS)
    }
  }
}
