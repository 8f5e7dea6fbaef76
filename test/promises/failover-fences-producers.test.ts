import { beforeAll, expect } from 'vitest'
import { OPEN_TO_ALL, openToAll, rule, rulesOf, sorted } from '../support/access-rules.js'
import { FailoverWorld } from '../support/failover-world.js'
import { thoroughTest } from '../support/thorough.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/** **a fence keeps producers out for the time of the switch, and nothing of it stays**: other rules are not touched. */

const TOPIC = 'fenced'

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters({ source: OPEN_TO_ALL, target: OPEN_TO_ALL })
  for (const side of [clusters.source, clusters.target]) await openToAll(side)
  const { client } = clusters.source
  await client.createTopic(TOPIC, 1)
  await client.produce(TOPIC, [{ value: 'a' }])
  await client.createAcl(rule({ name: TOPIC, rule: 'WRITE', permission: 'DENY', principal: 'User:bob' }))
}, 120_000)

thoroughTest(
  '--abort removes exactly what was added and lets groups move again; so does the end of a run',
  async () => {
    const world = await FailoverWorld.create(clusters, { topic: TOPIC })
    await world.startEngine()
    const { source, target } = clusters
    const before = await rulesOf(source)
    const stopped = await world.failover('--yes', '--fence', 'acl', '--on', 'stop-producers=true')
    expect(stopped, stopped.stdout).toMatchObject({ exitCode: 6 })
    expect(await rulesOf(source)).toEqual(
      sorted([...before, rule({ name: TOPIC, rule: 'WRITE', permission: 'DENY', principal: 'User:*' })]),
    )
    await expect(source.client.produce(TOPIC, [{ value: 'late' }])).rejects.toThrow(/[Aa]uthoriz/)
    expect((await statusOf(world)).groups.frozenBy).toMatch(/^failover r-/)

    const aborted = await world.failover('--abort')
    expect(aborted, aborted.stdout).toMatchObject({ exitCode: 0 })
    expect(await rulesOf(source)).toEqual(before)
    expect((await statusOf(world)).groups.frozenBy).toBeNull()
    await source.client.produce(TOPIC, [{ value: 'b' }])
    await expect.poll(async () => (await target.client.read(TOPIC)).length, { timeout: 20_000 }).toBe(2)

    const hooks = ['stop-producers', 'start-consumers', 'start-producers'].flatMap(name => ['--on', `${name}=true`])
    const done = await world.failover('--yes', '--fence', 'acl', ...hooks)
    expect(done, done.stdout).toMatchObject({ exitCode: 0 })
    expect(await rulesOf(source)).toEqual(before)
    expect((await rulesOf(target)).filter(({ principal }) => principal === 'User:*')).toEqual([])
    await target.client.produce(TOPIC, [{ value: 'c' }])
  },
  150_000,
)

async function statusOf(world: FailoverWorld) {
  const { stdout } = await world.run(['status', '--output', 'json'])
  return JSON.parse(stdout).replicators[0]
}
