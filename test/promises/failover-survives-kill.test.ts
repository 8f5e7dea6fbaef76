import { beforeAll, expect } from 'vitest'
import { FailoverWorld, HookedProducer } from '../support/failover-world.js'
import { MovingGroup } from '../support/moving-groups.js'
import { thoroughTest } from '../support/thorough.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/** **a failover that is killed goes on where it was**: what it has done is not done again, and nothing is lost or doubled. */

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

const begun = (step: string, part: string) => `"event":"begun","step":"${step}","part":"${part}"`
const passed = (step: string, part: string) => `"event":"passed","step":"${step}","part":"${part}"`

thoroughTest(
  'kill -9 in the midst of gates, between steps and in a command: each command has run once',
  async () => {
    const topic = 'killed'
    await clusters.source.client.createTopic(topic, 2)
    const world = await FailoverWorld.create(clusters, { topic })
    await world.startEngine()
    const producer = await HookedProducer.start(clusters, topic)
    const group = new MovingGroup(`${topic}-reader`, topic)
    await group.read(clusters.source, 20)

    const points = [
      passed('stop-producers', 'act'),
      begun('drain', 'gate'),
      begun('freeze-groups', 'act'),
      passed('freeze-groups', 'gate'),
      passed('start-consumers', 'act'),
    ]
    for (const [life, point] of points.entries()) {
      const argv = life === 0 ? ['--yes', ...producer.hooks] : ['--yes', '--resume']
      expect(await world.killAt(world.spawnFailover(...argv), point), point).toBe('SIGKILL')
    }
    // Whether a command that was under way has done its work, only a person can know.
    const inItsMidst = async () => (await producer.calls()).includes('start-producers')
    expect(await world.killWhen(world.spawnFailover('--yes', '--resume'), inItsMidst)).toBe('SIGKILL')
    const asks = await world.failover('--yes', '--resume')
    expect(asks, asks.stdout).toMatchObject({ exitCode: 6 })
    expect(asks.stdout).toContain('--done start-producers')
    const done = await world.failover('--yes', '--resume', '--done', 'start-producers')
    expect(done, done.stdout).toMatchObject({ exitCode: 0 })
    expect(await producer.calls()).toEqual(['stop-producers', 'start-consumers', 'start-producers'])

    await producer.stop()
    await group.read(clusters.target)
    group.expectOnce(producer.values)
  },
  180_000,
)
