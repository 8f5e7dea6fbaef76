import { beforeAll, describe, expect, test } from 'vitest'
import { targetTopicName } from '../../src/policy/topic-names.js'
import { FailoverWorld, type WorldOptions } from '../support/failover-world.js'
import { HookedProducer } from '../support/hooked-producer.js'
import { MovingGroup, MovingProducer } from '../support/moving-groups.js'
import { firstUnlessThorough, thoroughTest } from '../support/thorough.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/** **a planned failover loses nothing and doubles nothing** (R68), and is never ready while somebody still writes. */

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

async function worldOf(options: WorldOptions) {
  const { client } = clusters.source
  await client.createTopic(options.topic, 2)
  const world = await FailoverWorld.create(clusters, options)
  await world.startEngine()
  return world
}

/** A group that has read some of the source's records and left. */
async function readerOf(topic: string, ...topics: string[]) {
  const group = new MovingGroup(`${topic}-reader`, ...topics, topic)
  await group.read(clusters.source, 20)
  return group
}

describe.each(firstUnlessThorough(['IDENTICAL', 'PREFIXED_WITH_SOURCE_CLUSTER_ALIAS'] as const))('%s names', naming => {
  thoroughTest(
    'producer and group move by hooks: every record is read exactly once',
    async () => {
      const topic = naming === 'IDENTICAL' ? 'same' : 'prefixed'
      const world = await worldOf({ topic, naming })
      // Under prefixed names applications write to a topic of the same name, which nobody copies.
      if (naming !== 'IDENTICAL') await clusters.target.client.createTopic(topic, 2)
      const producer = await HookedProducer.start(clusters, topic)
      const group = await readerOf(topic)

      const said = await world.failover('--yes', ...producer.hooks)
      expect(said, said.stdout).toMatchObject({ exitCode: 0, stderr: '' })
      expect(await producer.calls()).toEqual(['stop-producers', 'start-consumers', 'start-producers'])
      const before = producer.values.length
      await expect.poll(() => producer.values.length, { timeout: 20_000 }).toBeGreaterThan(before)
      await producer.stop()

      const copied = targetTopicName(
        topic,
        naming === 'IDENTICAL' ? 'identical' : 'prefixed',
        world.options.source.alias,
      )
      const onTarget = new MovingGroup(group.name, ...new Set([copied, topic]))
      onTarget.take(group.values)
      await onTarget.read(clusters.target)
      onTarget.expectOnce(producer.values)
      expect(said.stdout).toContain(
        naming === 'IDENTICAL' ? 'with the same ids' : `subscribe to: ${copied} and ${topic}`,
      )
    },
    120_000,
  )
})

thoroughTest(
  'a producer that goes on is noticed: not ready, 4 at the timeout',
  async () => {
    const world = await worldOf({ topic: 'goes-on' })
    const producer = await HookedProducer.start(clusters, 'goes-on')
    const said = await world.failover('--yes', '--on', 'stop-producers=true', '--timeout', '5')
    await producer.stop()
    expect(said, said.stdout).toMatchObject({ exitCode: 4 })
    expect(said.stdout).toMatch(/3\/10 timed out: stop the producers on \S+\n.*has moved/)
  },
  90_000,
)

thoroughTest(
  'one that writes again after everything was copied is noticed too: 5, and nothing was started',
  async () => {
    const world = await worldOf({ topic: 'again' })
    const straggler = new MovingProducer('again', 2)
    await straggler.write(clusters.source, 10)
    const first = await world.failover('--yes', '--on', 'stop-producers=true')
    expect(first, first.stdout).toMatchObject({ exitCode: 6 })
    expect(first.stdout).toMatch(/9\/10 waits for a person: start the consumers/)
    await straggler.write(clusters.source, 1)
    const second = await world.failover(
      '--yes',
      '--resume',
      '--from-step',
      'start-consumers',
      '--on',
      'start-consumers=true',
    )
    expect(second, second.stdout).toMatchObject({ exitCode: 5 })
    expect(second.stdout).toMatch(/a producer still writes to \S+: again p\d from offset 5 to 6/)
  },
  120_000,
)

test('without a terminal: 6 at each hand-over, and the last line resumes it to its end', async () => {
  const world = await worldOf({ topic: 'by-hand' })
  await new MovingProducer('by-hand', 2).write(clusters.source, 10)
  const unconfirmed = await world.failover()
  expect(unconfirmed.exitCode).toBe(6)
  expect(unconfirmed.stdout).toContain('Nobody is there to answer.')
  const stops: (string | undefined)[] = []
  for (let said = await world.failover('--yes', '--resume'); ; said = await world.failover('--yes', '--resume')) {
    stops.push(/\d+\/10 waits for a person: (.*) \S+$/m.exec(said.stdout)?.[1])
    if (said.exitCode === 0) break
    expect(said, said.stdout).toMatchObject({ exitCode: 6 })
    expect(said.stdout.trimEnd().split('\n').at(-1)).toMatch(/^ {2}kafka-replicator failover .*--resume r-\w{6}$/)
  }
  expect(stops).toEqual(['stop the producers on', 'start the consumers on', 'start the producers on', undefined])
}, 120_000)

thoroughTest(
  'a hook that fails: 254 with what it said; mended and resumed, it is run again and what went before is not',
  async () => {
    const world = await worldOf({ topic: 'hook' })
    const producer = await HookedProducer.start(clusters, 'hook')
    const broken = ['--on', "start-consumers=echo 'no such deployment' >&2; exit 3"]
    const hooks = [...producer.hooks.slice(0, 2), ...broken, ...producer.hooks.slice(4)]
    const failed = await world.failover('--yes', ...hooks)
    expect(failed, failed.stdout).toMatchObject({ exitCode: 254 })
    expect(failed.stdout).toContain('ended with exit code 3')
    expect(failed.stdout).toContain('no such deployment')
    const resumed = await world.failover('--yes', '--resume', ...producer.hooks.slice(2, 4))
    expect(resumed, resumed.stdout).toMatchObject({ exitCode: 0 })
    expect(await producer.calls()).toEqual(['stop-producers', 'start-consumers', 'start-producers'])
  },
  120_000,
)
