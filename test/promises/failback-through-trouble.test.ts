import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect } from 'vitest'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import type { RunbookEvent } from '../../src/runbooks/runbook-events.js'
import { FailoverWorld } from '../support/failover-world.js'
import { MovingGroup, MovingProducer, untilHeldOnce } from '../support/moving-groups.js'
import { thoroughTest } from '../support/thorough.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/** **a failback never takes silence for readiness, and given up it leaves the secondary as it was**. */

/** Until it is where it is waited for; a look at a cluster that does not answer takes 5 s. */
const GATE_MS = 60_000
const HOOKS = ['stop-producers', 'stop-consumers', 'start-consumers', 'start-producers'].flatMap(name => [
  '--on',
  `${name}=true`,
])

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

/** Applications that have left the source by a failover, and have gone on on the target. */
async function businessOnTarget(topic: string) {
  const { source, target } = clusters
  await source.client.createTopic(topic, 2)
  const world = await FailoverWorld.create(clusters, { topic })
  await world.startEngine()
  const producer = new MovingProducer(topic, 2)
  const group = new MovingGroup(`${topic}-app`, topic)
  await producer.write(source, 20)
  await group.read(source, 13)
  const there = await world.failover('--yes', ...HOOKS)
  expect(there, there.stdout).toMatchObject({ exitCode: 0 })
  await group.read(target)
  await producer.write(target, 10)
  await group.read(target)
  return { world, producer, group }
}

/** All looks of a failback's gate so far. */
async function looksOf(world: FailoverWorld, step: string) {
  const folder = join(world.home, 'runbooks')
  const texts = await Promise.all((await readdir(folder)).map(id => eventsOf(join(folder, id))))
  const events = texts.flatMap(text => text.split('\n').flatMap(line => parsed(line)))
  // A failover has a step of that name too.
  const isMeant = (event: RunbookEvent) => 'replicatorName' in event && event.replicatorName === 'orders-dr-failback'
  return events.flatMap(event => (event.event === 'gate' && event.step === step && isMeant(event) ? [event] : []))
}

async function eventsOf(folder: string): Promise<string> {
  return await readFile(join(folder, 'events.jsonl'), 'utf8').catch(() => '')
}

/** The last line may still be being written. */
function parsed(line: string): RunbookEvent[] {
  try {
    return [JSON.parse(line) as RunbookEvent]
  } catch {
    return []
  }
}

thoroughTest(
  'clusters that hang in the midst of a gate are unknown, never ready; when they answer, it goes on to its end',
  async () => {
    const { world, producer, group } = await businessOnTarget('hangs')
    for (const [side, step] of [
      ['target', 'drain'],
      ['source', 'drain-all'],
    ] as const) {
      const isAtGate = async () => ((await looksOf(world, step)).length > 0 ? true : undefined)
      // A command that fails ends the first one behind its gate.
      const begins = ['--samples', '5', '--interval', '1', ...HOOKS.slice(2), '--on', 'stop-producers=false']
      const argv = step === 'drain' ? begins : ['--resume', '--on', 'stop-producers=true']
      const running = world.start(['failback', '--yes', ...argv])
      expect(await waitUntil(isAtGate, { timeoutMs: GATE_MS, intervalMs: 50 }), running.out()).toBe(true)
      const { kafka } = clusters[side]
      await kafka.pause()
      try {
        const unknown = async () => {
          const looks = await looksOf(world, step)
          const first = looks.findIndex(({ lacking }) => lacking?.includes('does not answer'))
          return first >= 0 && looks.length > first + 1 ? looks.slice(first) : undefined
        }
        const looks = (await waitUntil(unknown, { timeoutMs: GATE_MS, intervalMs: 100 })) ?? []
        expect(looks.length).toBeGreaterThan(1)
        for (const look of looks) {
          expect(look).toMatchObject({ good: 0, totals: { lag: null }, lacking: expect.stringContaining('not answer') })
        }
        expect(running.out()).toMatch(/hangs .* \? /)
      } finally {
        await kafka.unpause()
      }
      const said = await running.done
      expect(said, said.stdout).toMatchObject({ exitCode: step === 'drain' ? 254 : 0 })
      expect((await looksOf(world, step)).at(-1)).toMatchObject({ good: 5, lacking: null })
    }
    await producer.write(clusters.source, 5)
    await group.read(clusters.source)
    group.expectOnce(producer.values)
    await untilHeldOnce('hangs', producer.values, [clusters.source, clusters.target])
  },
  400_000,
)

thoroughTest(
  'given up, it leaves what was asked before, and no replicator; the applications go on, and come home another time',
  async () => {
    const { source, target } = clusters
    const { world, producer, group } = await businessOnTarget('given-up')
    const before = await world.asked()
    expect(before).toMatchObject({ groupSync: 'frozen', by: expect.stringMatching(/^failover r-/) })
    const quick = ['--samples', '1', '--interval', '1']
    const stopped = await world.run(['failback', '--yes', ...quick, ...HOOKS.slice(0, 4)])
    expect(stopped, stopped.stdout).toMatchObject({ exitCode: 6 })
    expect(stopped.stdout).toMatch(/waits for a person: start the consumers on \S+/)
    expect(await world.list()).toEqual(['orders-dr', 'orders-dr-failback'])

    const aborted = await world.run(['failback', '--abort'])
    expect(aborted, aborted.stdout).toMatchObject({ exitCode: 0 })
    expect(await world.list()).toEqual(['orders-dr'])
    expect(await world.asked()).toEqual(before)
    await producer.write(target, 6)
    await group.read(target)

    const home = await world.run(['failback', '--yes', ...quick, ...HOOKS])
    expect(home, home.stdout).toMatchObject({ exitCode: 0 })
    expect(await world.asked()).toMatchObject({ groupSync: 'on', copying: 'on' })
    await producer.write(source, 5)
    await group.read(source)
    group.expectOnce(producer.values)
    await untilHeldOnce('given-up', producer.values, [source, target])

    // Its own freeze is undone too: nothing was frozen before it.
    await world.run(['failover', '--yes', ...quick, ...HOOKS.slice(0, 4)])
    const undone = await world.run(['failover', '--abort'])
    expect(undone, undone.stdout).toMatchObject({ exitCode: 0 })
    expect(await world.asked()).toMatchObject({ groupSync: 'on', copying: 'on' })
  },
  400_000,
)
