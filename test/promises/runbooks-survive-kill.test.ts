import { beforeAll, expect } from 'vitest'
import { OPEN_TO_ALL, openToAll, rulesOf } from '../support/access-rules.js'
import { FailoverWorld } from '../support/failover-world.js'
import { HookedProducer } from '../support/hooked-producer.js'
import { partsOf, runKilledEverywhere } from '../support/killed-runbook.js'
import { MovingGroup, untilHeldOnce } from '../support/moving-groups.js'
import { thoroughTest } from '../support/thorough.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/**
 * **a runbook that is killed goes on where it was**: what it has done is not done again, nothing is lost or doubled, and
 * nothing of it is left over. Killed is the program itself, with SIGKILL, before and behind all that it writes down, at
 * the first look of each gate and in the midst of commands; each life is killed once, so one run goes through all of it.
 */

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters({ source: OPEN_TO_ALL, target: OPEN_TO_ALL })
  for (const side of [clusters.source, clusters.target]) await openToAll(side)
}, 120_000)

const COMMANDS = ['stop-producers', 'start-consumers', 'start-producers']

/** A replicator that runs, an application that writes to the source, and a group that has read some of it. */
async function businessOf(topic: string) {
  await clusters.source.client.createTopic(topic, 2)
  const world = await FailoverWorld.create(clusters, { topic })
  const engine = await world.startEngine()
  const producer = await HookedProducer.start(clusters, topic)
  const group = new MovingGroup(`${topic}-reader`, topic)
  await group.read(clusters.source, 20)
  const hasRun = async (hook: string, before = 0) => (await producer.calls()).slice(before).includes(hook)
  return { world, engine, producer, group, hasRun }
}

thoroughTest(
  'a planned failover, at every point: each command has run once, the fence is gone, the group reads on',
  async () => {
    const { world, producer, group, hasRun } = await businessOf('planned')
    const before = await rulesOf(clusters.source)
    const hooks = producer.hooksOf({ from: 'source', to: 'target', killing: ['start-consumers', 'start-producers'] })
    const flags = ['--yes', '--fence', 'acl', ...hooks]
    const { exitCode, output, points } = await runKilledEverywhere(world, { runbook: 'failover', flags, hasRun })
    expect(exitCode, output).toBe(0)
    expect(partsOf(points)).toEqual([
      'preflight check',
      'preflight gate',
      'confirm check',
      'confirm act',
      'fence act',
      'stop-producers act',
      'stop-producers gate',
      'drain gate',
      'groups gate',
      'freeze-groups act',
      'freeze-groups gate',
      'verify check',
      'start-consumers check',
      'start-consumers act (once)', // and in the midst of the command
      'start-producers check',
      'start-producers act (once)',
      'unfence act',
    ])
    expect(await producer.calls()).toEqual(COMMANDS)
    expect(await rulesOf(clusters.source)).toEqual(before)
    expect((await rulesOf(clusters.target)).filter(({ permission }) => permission === 'DENY')).toEqual([])
    const by = expect.stringMatching(/^failover r-/)
    expect(await world.asked()).toEqual({ groupSync: 'frozen', copying: 'on', fencedTopics: [], by })

    const moved = producer.values.length
    await expect.poll(() => producer.values.length, { timeout: 20_000 }).toBeGreaterThan(moved)
    await producer.stop()
    await group.read(clusters.target)
    group.expectOnce(producer.values)
    await untilHeldOnce('planned', producer.values, [clusters.target])
  },
  600_000,
)

thoroughTest(
  'a failback, at every point: both sides hold everything once, the group reads on at home, nothing of it is left',
  async () => {
    const { world, producer, group, hasRun } = await businessOf('home')
    const there = await world.failover('--yes', ...producer.hooks)
    expect(there, there.stdout).toMatchObject({ exitCode: 0 })
    const hooks = producer.hooksOf({ from: 'target', to: 'source', killing: ['stop-producers'] })
    const { exitCode, output, points } = await runKilledEverywhere(world, {
      runbook: 'failback',
      flags: ['--yes', ...hooks],
      hasRun: hook => hasRun(hook, COMMANDS.length),
      // The consumers on the secondary read to the end, as that gate wants them to.
      onKill: async point => {
        if (point === 'after begun consumers-drained gate') await group.read(clusters.target)
      },
    })
    expect(exitCode, output).toBe(0)
    expect(partsOf(points)).toEqual([
      'preflight check',
      'tail check',
      'confirm check',
      'confirm act',
      'create-reverse act',
      'drain gate',
      'stop-producers act (once)', // and in the midst of the command
      'stop-producers gate',
      'drain-all gate',
      'consumers-drained gate',
      'groups gate',
      'freeze-groups act',
      'freeze-groups gate',
      'verify check',
      'start-consumers check',
      'start-consumers act',
      'start-producers check',
      'start-producers act',
      'delete-reverse act',
      'release act',
      'release gate',
      'throughput gate',
    ])
    expect(await producer.calls()).toEqual([...COMMANDS, ...COMMANDS])
    expect(await world.asked()).toMatchObject({ groupSync: 'on', copying: 'on', fencedTopics: [] })
    const listed = await world.list()
    expect(listed).toEqual(['orders-dr'])

    const moved = producer.values.length
    await expect.poll(() => producer.values.length, { timeout: 20_000 }).toBeGreaterThan(moved)
    await producer.stop()
    await group.read(clusters.source)
    group.expectOnce(producer.values)
    await untilHeldOnce('home', producer.values, [clusters.source, clusters.target])
  },
  900_000,
)

thoroughTest(
  'SIGTERM in the midst of a gate ends it with 143, SIGINT with 130; it is resumed to its end',
  async () => {
    const { world, producer, group } = await businessOf('asked-to-end')
    const draining = '"event":"begun","step":"drain","part":"gate"'
    const first = world.spawnFailover('--yes', ...producer.hooks)
    expect(await world.signalAt(first, 'SIGTERM', draining)).toEqual({ exitCode: 143, by: null })
    const freezing = '"event":"begun","step":"freeze-groups","part":"gate"'
    const second = world.spawnFailover('--yes', '--resume')
    expect(await world.signalAt(second, 'SIGINT', freezing)).toEqual({ exitCode: 130, by: null })
    const done = await world.failover('--yes', '--resume')
    expect(done, done.stdout).toMatchObject({ exitCode: 0 })
    expect(await producer.calls()).toEqual(COMMANDS)
    await producer.stop()
    await group.read(clusters.target)
    group.expectOnce(producer.values)
  },
  180_000,
)

thoroughTest(
  'an unplanned failover, at every point: each command has run once, and what the source says later stays there',
  async () => {
    const { world, engine, producer, group, hasRun } = await businessOf('unplanned')
    await producer.stop()
    await untilHeldOnce('unplanned', producer.values, [clusters.target])
    await group.untilSynced(clusters.source, clusters.target)
    await clusters.source.kafka.kill()
    try {
      const killing = ['start-consumers']
      const hooks = producer.hooksOf({ from: 'source', to: 'target', killing }).slice(2)
      const flags = ['--unplanned', '--yes', '--accept-data-loss', ...hooks]
      const { exitCode, output, points } = await runKilledEverywhere(world, { runbook: 'failover', flags, hasRun })
      expect(exitCode, output).toBe(0)
      expect(partsOf(points)).toEqual([
        'assess check',
        'accept-data-loss check',
        'confirm-loss check',
        'confirm-loss act',
        'stop-copying check',
        'stop-copying act',
        'stop-copying gate',
        'start-consumers check',
        'start-consumers act (once)', // and in the midst of the command
        'start-producers check',
        'start-producers act',
      ])
      expect(await producer.calls()).toEqual(COMMANDS.slice(1))
      expect(await engine.ended).toMatchObject({ exitCode: 5, reason: expect.stringContaining('failover r-') })
    } finally {
      await clusters.source.kafka.launch()
    }
    const { values } = producer
    await clusters.source.client.produce('unplanned', [{ partition: 0, value: 'late' }])
    await expect(world.startEngine()).rejects.toMatchObject({ exitCode: 5 })
    expect(await world.asked()).toMatchObject({ groupSync: 'frozen', copying: 'stopped', fencedTopics: [] })
    await untilHeldOnce('unplanned', values, [clusters.target])
    await group.read(clusters.target)
    group.expectOnce(values)
  },
  600_000,
)
