import { beforeAll, expect, test } from 'vitest'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import { FailoverWorld } from '../support/failover-world.js'
import { MovingProducer, untilHeldOnce } from '../support/moving-groups.js'
import { thoroughTest } from '../support/thorough.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/**
 * **a source that does not answer is never ready, and what may be lost is said first** (R69): a tail that never crossed is
 * neither forgotten nor slipped in later.
 */

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

async function worldOf(topic: string, records: number) {
  await clusters.source.client.createTopic(topic, 1)
  const producer = new MovingProducer(topic)
  await producer.write(clusters.source, records)
  const world = await FailoverWorld.create(clusters, { topic })
  const engine = await world.startEngine()
  await producer.untilCopiedTo(clusters.target)
  return { world, producer, engine }
}

test('a source that hangs while it is drained: no readiness, 4 at the timeout; when it answers, the run goes on', async () => {
  const { world } = await worldOf('hangs', 5)
  const hook = ['--on', 'stop-producers=true']
  const running = world.start(['failover', '--interval', '1', '--samples', '3', '--timeout', '5', '--yes', ...hook])
  const isDraining = async () => ((await world.journal()).includes('"step":"drain","part":"gate"') ? true : undefined)
  await waitUntil(isDraining, { timeoutMs: 60_000, intervalMs: 5 })
  await clusters.source.kafka.pause()
  try {
    const said = await running.done
    expect(said, said.stdout).toMatchObject({ exitCode: 4 })
    expect(said.stdout).toContain('does not answer')
    expect(said.stdout).not.toMatch(/drain: ready 3 of 3/)
  } finally {
    await clusters.source.kafka.unpause()
  }
  const resumed = await world.failover('--yes', '--resume', '--timeout', '60')
  expect(resumed, resumed.stdout).toMatchObject({ exitCode: 6 })
  expect(resumed.stdout).toContain('waits for a person: start the consumers')
}, 150_000)

thoroughTest(
  'an unplanned one: refused while records may be lost; what never crossed is told when the source is back',
  async () => {
    const [well, behind] = [await worldOf('well', 5), await worldOf('behind', 5)]
    await behind.engine.stop()
    await behind.producer.write(clusters.source, 7)
    const early = await well.world.failover('--unplanned', '--yes')
    expect(early, early.stdout).toMatchObject({ exitCode: 1 })
    expect(early.stdout).toContain('answers: it is not lost')

    await clusters.source.kafka.kill()
    try {
      const hooks = ['--on', 'start-consumers=true', '--on', 'start-producers=true']
      const fine = await well.world.failover('--unplanned', '--yes', ...hooks)
      expect(fine, fine.stdout).toMatchObject({ exitCode: 0 })
      expect(await well.engine.ended).toMatchObject({ exitCode: 5, reason: expect.stringContaining('failover r-') })

      const refused = await behind.world.failover('--unplanned', '--yes', ...hooks)
      expect(refused, refused.stdout).toMatchObject({ exitCode: 5 })
      expect(refused.stdout).toContain('all that was written since is missing')
      const accepted = await behind.world.failover('--yes', '--resume', '--accept-data-loss')
      expect(accepted, accepted.stdout).toMatchObject({ exitCode: 0 })
    } finally {
      await clusters.source.kafka.launch()
    }

    const status = await behind.world.run(['status'])
    expect(status.stdout).toContain('behind p0: source offsets 5-11 (7)')
    expect(status.stdout).toMatch(/copying was stopped by failover r-\w{6}: 7 source offsets never crossed/)
    const refusal = { exitCode: 5, message: expect.stringContaining('was stopped by failover r-') }
    await expect(behind.world.startEngine()).rejects.toMatchObject(refusal)
    await untilHeldOnce('behind', behind.producer.values.slice(0, 5), [clusters.target])
    await behind.world.startEngine({ resumeCopying: true })
    await behind.producer.untilCopiedTo(clusters.target)
  },
  180_000,
)
