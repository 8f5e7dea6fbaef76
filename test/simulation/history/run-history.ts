import { MemoryCluster } from '../broker/memory-cluster.js'
import { recycleLargeBuffers } from '../large-buffers.js'
import { Random } from '../random.js'
import { World } from '../world.js'
import { Engine } from './engine.js'
import { chooseFault, FAULTS } from './faults.js'
import type { Writer } from './groups/consumption.js'
import { GroupScene, type SceneSide } from './groups/group-scene.js'
import type { GroupsPlan } from './groups/groups-plan.js'
import { FOREIGN_PRODUCERS_FROM, Judge } from './judge.js'
import { replicatorOptions } from './options.js'
import type { Outcome } from './outcome.js'
import { makePlan, type Plan } from './plan.js'
import { pretendProcessId } from './process-id.js'
import { heal, type Stage } from './stage.js'
import { Workload } from './workload.js'

export interface HistoryOptions {
  /** Two instances of the same replicator at once. */
  twins: boolean
  /** Both of them start at the same time, also for the first time. */
  together: boolean
  /** Each takes the other for dead, so that both copy until one sees it and stands down. */
  overlap: boolean
  /** Faults that are left out. */
  without: readonly string[]
}

/** After everything is well again, so long may it take; a round of topics alone comes every 30 s. */
const CATCH_UP_MS = 150_000
const LOOK_MS = 500
/** They are looked at again every 30 s though nothing has moved. */
const GROUPS_MS = 45_000
/** An instance says every 5 s that it runs, and looks whether another does; one that starts listens for 6.5 s. */
const STAND_DOWN_MS = 20_000
/** A drain has 10 s; a stop while it starts waits for a start that may wait for answers. */
const STOP_MS = 60_000
/** Requests of the dead may be carried out so much later. */
const AFTERMATH_MS = 7_000

const largeBuffers = recycleLargeBuffers()

/** One history: a plan made from the seed, lived through, healed and judged. */
export async function runHistory(seed: number, options: HistoryOptions): Promise<Outcome> {
  const random = new Random(seed)
  const world = new World(random)
  const rejections: unknown[] = []
  const onRejection = (reason: unknown) => rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  const plan = makePlan(random.fork(), options)
  const processId = pretendProcessId(plan.saysDead)
  const stage = setUp(world, random, plan, options)
  try {
    await live(stage, plan, options)
    await judgeAll(stage)
  } catch (error) {
    world.fail(`the history broke off: ${error instanceof Error ? error.stack : error}`)
  }
  if (rejections.length > 0) world.fail(`unhandled rejection: ${(rejections[0] as Error)?.stack ?? rejections[0]}`)
  process.off('unhandledRejection', onRejection)
  processId.restore()
  const outcome = outcomeOf(seed, stage)
  for (const engine of stage.engines) engine.kill()
  largeBuffers.endOfHistory()
  return outcome
}

function setUp(world: World, random: Random, plan: Plan, { without }: HistoryOptions): Stage {
  const source = new MemoryCluster(world, 'src', plan.sourceBrokers)
  const target = new MemoryCluster(world, 'dst', plan.targetBrokers)
  target.maxMessageBytes = plan.maxMessageBytes
  target.producerIdExpirationMs = plan.producerIdExpirationMs
  target.orphansOutliveExpiry = !without.includes('orphans-after-expiry')
  target.describesProducers = plan.describesProducers
  source.fetchesById = plan.fetchesById
  const targetNameOf = (topic: string) => (plan.naming === 'identical' ? topic : `src.${topic}`)
  const judge = new Judge(
    world,
    { source, target },
    {
      targetNameOf,
      startsLatest: plan.startAt === 'latest',
      obstacles: plan.obstacles,
      wantsRightState: !without.includes('stale-state'),
    },
  )
  const groups = plan.groups && groupScene(world, random, plan.groups, { source, target }, targetNameOf)
  for (const { name, partitions, configs } of plan.topics) source.create(name, partitions, configs)
  const workload = new Workload(world, source, judge, random.fork(), plan.workload)
  const engines = Array.from({ length: plan.engines }, (_, n) => {
    const name = plan.engines === 1 ? 'engine' : `engine-${'ab'[n]}`
    return new Engine(
      name,
      world,
      { source, target },
      replicatorOptions('simulated', { source: 'src', target: 'dst' }, plan),
      judge,
    )
  })
  world.tell(`plan ${JSON.stringify(plan)}`)
  return {
    world,
    random: random.fork(),
    source,
    target,
    engines,
    workload,
    judge,
    targetNameOf,
    obstacles: plan.obstacles,
    groups,
  }
}

function groupScene(
  world: World,
  random: Random,
  plan: GroupsPlan,
  { source, target }: Pick<Stage, 'source' | 'target'>,
  targetNameOf: Stage['targetNameOf'],
): GroupScene {
  const isCopied = (topic: string) => [...source.topics.keys()].some(name => targetNameOf(name) === topic)
  const sides: SceneSide[] = [
    { cluster: source, takesLoners: true, isWanted: () => true, writerOf: () => 'native' },
    {
      ...{ cluster: target, takesLoners: false, isWanted: isCopied },
      writerOf: producerId => (producerId >= FOREIGN_PRODUCERS_FROM ? 'foreign' : 'copy'),
    },
  ]
  const protects: Writer[] = plan.mode === 'enhanced' ? ['copy', 'foreign'] : ['copy']
  return new GroupScene(world, random.fork(), plan, sides, [
    { source, target, targetNameOf, followsResets: plan.followResets, protects, holdsUp: protects },
  ])
}

/** Forgets producers all the time: where records are old, a broker does so whenever it looks. */
function keepExpiring(stage: Stage, plan: Plan): void {
  const { world, target } = stage
  if (plan.expiryEveryMs === 0 || world.time.elapsed > plan.activeMs) return
  target.expireProducers()
  world.time.after(plan.expiryEveryMs, () => keepExpiring(stage, plan))
}

async function live(stage: Stage, plan: Plan, { without, together }: HistoryOptions): Promise<void> {
  const { world, random, workload, engines } = stage
  keepExpiring(stage, plan)
  stage.groups?.live()
  for (let i = 0; i < plan.stepsBefore; i++) workload.step()
  for (const [n, engine] of engines.entries()) {
    // Where both are new at once they race for the producer id; `--together` tries just that.
    const afterMs = n === 0 || together || plan.together ? 0 : 1_000
    world.time.after(afterMs + random.between(0, 300), () => engine.start())
  }
  const timesOf = (count: number) => Array.from({ length: count }, () => random.next() * plan.activeMs)
  for (const at of timesOf(plan.steps)) {
    // Several at once, so that small batches wait together.
    const count = random.chance(0.3) ? random.between(2, 8) : 1
    for (let i = 0; i < count; i++) world.time.after(at + i * 0.01, () => workload.step())
  }
  const faults = FAULTS.filter(({ name }) => !without.includes(name))
  for (const at of timesOf(plan.faults)) {
    const fault = chooseFault(faults, random)
    world.time.after(at, () => fault.strike(stage))
  }
  for (let passed = 0; passed < plan.activeMs && !world.violation; passed += LOOK_MS) {
    await world.time.pass(LOOK_MS)
  }
}

/** Heals everything, waits until it has caught up, and looks once more after the last echo. */
async function judgeAll(stage: Stage): Promise<void> {
  const { world, engines } = stage
  if (world.violation) return
  heal(stage)
  await world.time.pass(AFTERMATH_MS)
  for (const engine of engines) engine.start()
  let why: string | undefined = 'no engine lives'
  let calmMs = 0
  for (let passed = 0; passed < CATCH_UP_MS && calmMs < 2 * LOOK_MS; passed += LOOK_MS) {
    await world.time.pass(LOOK_MS)
    if (world.violation) return
    why = unfinished(stage)
    calmMs = why === undefined ? calmMs + LOOK_MS : 0
    reviveIfAllEnded(engines)
  }
  if (why === undefined && engines.length > 1) why = await tooMany(stage)
  if (why !== undefined) return world.fail(`not done ${CATCH_UP_MS / 1000} s after all was well: ${why}`)
  await judgeGroups(stage)
  await stopAll(stage)
}

/** Groups follow what has been copied, those that were left alone for a while within 30 s. */
async function judgeGroups({ world, judge, engines, groups }: Stage): Promise<void> {
  const engine = engines.find(({ isRunning }) => isRunning)
  if (!groups || !engine) return
  const isSettled = (_source: MemoryCluster, topic: string, partition: number) => {
    const rows = engine.snapshot().topics.find(({ sourceTopic }) => sourceTopic === topic)?.partitions
    const isCaughtUp = rows?.find(row => row.partition === partition)?.state === 'caught-up'
    return isCaughtUp === true && judge.keepsOrder(topic, partition)
  }
  let why = groups.unfinished(isSettled)
  for (let passed = 0; passed < GROUPS_MS && why !== undefined; passed += LOOK_MS) {
    await world.time.pass(LOOK_MS)
    if (world.violation) return
    why = groups.unfinished(isSettled)
  }
  if (why !== undefined) world.fail(`not right ${GROUPS_MS / 1000} s after all was copied: ${why}`)
}

/** Of several instances exactly one stays, unless nothing is left that may be copied. */
async function tooMany({ world, engines }: Stage): Promise<string | undefined> {
  await world.time.pass(STAND_DOWN_MS)
  const running = engines.filter(({ isRunning }) => isRunning).length
  const isOver = engines.some(({ end }) => end?.reason?.includes('are held to protect'))
  return running === 1 || (running === 0 && isOver) ? undefined : `${running} of ${engines.length} instances run`
}

function unfinished({ judge, engines }: Stage): string | undefined {
  const alive = engines.filter(({ isAlive }) => isAlive)
  const failure = engines.find(({ lastStartFailure }) => lastStartFailure)?.lastStartFailure
  if (alive.length === 0) return `no engine lives; the last said: ${failure}`
  const reasons = alive.map(engine => judge.unfinished(engine))
  // Of several instances one that has done the work is enough: the others may stand by.
  return reasons.includes(undefined) ? undefined : reasons[0]
}

/** All that had stood down: whoever watches over them starts one again. */
function reviveIfAllEnded(engines: Engine[]): void {
  if (engines.some(({ isWorking }) => isWorking) || engines.some(({ end }) => end?.reason?.includes('are held to')))
    return
  engines[0]!.kill()
  engines[0]!.start()
}

async function stopAll({ world, engines, judge }: Stage): Promise<void> {
  const stopped = Promise.all(engines.map(engine => engine.stop()))
  let done = false
  void stopped.then(() => {
    done = true
  })
  for (let passed = 0; passed < STOP_MS && !done; passed += LOOK_MS) await world.time.pass(LOOK_MS)
  if (done) for (const engine of engines) judge.checkMaps(engine)
  else world.fail(`a graceful stop took longer than ${STOP_MS / 1000} s`)
}

function outcomeOf(seed: number, { world, judge, engines, groups }: Stage): Outcome {
  const rows = engines.flatMap(engine => {
    try {
      return engine.snapshot().topics.flatMap(({ partitions }) => partitions)
    } catch {
      return []
    }
  })
  return {
    seed,
    violation: world.violation?.message,
    trace: world.trace,
    records: judge.all().reduce((sum, { recordCount }) => sum + recordCount, 0),
    held: rows.flatMap(({ state, reason }) => (state === 'held' ? [reason ?? ''] : [])),
    virtualMs: world.time.elapsed,
    groupCommits: groups?.judge.count ?? 0,
  }
}
