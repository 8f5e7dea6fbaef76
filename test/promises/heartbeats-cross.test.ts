import { beforeAll, expect } from 'vitest'
import { systemClock } from '../../src/clock.js'
import type { AccessRule } from '../../src/local-kafka/outside-client-types.js'
import { HEARTBEAT_TOPIC } from '../../src/policy/topic-patterns.js'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.js'
import { clusterTools } from '../../src/runbooks/cluster-tools.js'
import { optionsFor, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { thoroughTest } from '../support/thorough.js'
import { type Side, startSide, type TwoClusters, uncommittedCounts } from '../support/two-clusters.js'

/**
 * **a heartbeat crosses wherever a replicator runs**: whatever its patterns, its starting position and
 * DetectAndCopyNewTopics say, within seconds, once, and no further.
 */

const CLOSED = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
}
/** A round of topics every 30 s would take longer as a rule: the engine must have been hurried. */
const CROSSES_WITHIN_MS = 25_000
/** As long as a record that goes round would take to show. */
const STILL_MS = 5_000

let a: Side
let b: Side
beforeAll(async () => {
  ;[a, b] = await Promise.all([startSide({ name: 'a', config: CLOSED }), startSide({ name: 'b' })])
}, 120_000)

const way = (source: Side, target: Side): TwoClusters => ({ source, target })

/** Takes as little as can be asked for. */
function narrow(id: string, naming: 'identical' | 'prefixed'): TestOptions {
  return { id, topics: { include: ['orders'], exclude: ['.*'], startAt: 'latest', detectNew: false, naming } }
}

/** As the runbook does it; answers the value of the record. */
async function beat(options: ReplicatorOptions): Promise<string> {
  const tools = clusterTools(options, systemClock)
  const heartbeat = { by: 'failback r-1a2b3c', at: systemClock.now() }
  expect(await tools.writeHeartbeat(heartbeat)).toHaveProperty('offset')
  await tools.control({}, heartbeat.by)
  return JSON.stringify(heartbeat)
}

async function untilThere({ client }: Side, topic: string, records: [key: string, value: string][]): Promise<void> {
  const read = async () =>
    (await client.read(topic).catch(() => [])).map(({ key, value }) => [String(key), String(value)])
  await expect.poll(read, { timeout: CROSSES_WITHIN_MS }).toEqual(records)
}

thoroughTest(
  'identical names in both directions: once on each side, and a later one of either side too',
  async () => {
    const [there, back] = [narrow('there', 'identical'), narrow('back', 'identical')]
    await startReplicator(way(a, b), there)
    await startReplicator(way(b, a), back)
    const first = await beat(optionsFor(way(a, b), there))
    await untilThere(b, HEARTBEAT_TOPIC, [['there', first]])
    const second = await beat(optionsFor(way(b, a), back))
    const both: [string, string][] = [
      ['there', first],
      ['back', second],
    ]
    await untilThere(a, HEARTBEAT_TOPIC, both)
    await systemClock.sleep(STILL_MS)
    for (const side of [a, b]) {
      await untilThere(side, HEARTBEAT_TOPIC, both)
      expect(await uncommittedCounts(side, HEARTBEAT_TOPIC)).toEqual([2])
    }
  },
  120_000,
)

thoroughTest(
  'prefixed names in both directions: it arrives beside, from LATEST on, and travels no further',
  async () => {
    const all = (id: string, alias: string): TestOptions => {
      const naming = 'prefixed' as const
      const source = { ...optionsFor(way(...sidesOf(id)), { topics: '.*' }).source, alias }
      return { id, source, topics: { include: ['.*'], naming, startAt: 'latest' } }
    }
    const sidesOf = (id: string): [Side, Side] => (id === 'ab' ? [a, b] : [b, a])
    const [there, back] = [all('ab', 'A'), all('ba', 'B')]
    await startReplicator(way(a, b), there)
    await startReplicator(way(b, a), back)
    const value = await beat(optionsFor(way(a, b), there))
    await untilThere(b, `A.${HEARTBEAT_TOPIC}`, [['ab', value]])
    const other = await beat(optionsFor(way(b, a), back))
    await untilThere(a, `B.${HEARTBEAT_TOPIC}`, [['ba', other]])
    for (const name of [`B.A.${HEARTBEAT_TOPIC}`, `A.B.${HEARTBEAT_TOPIC}`]) {
      for (const { client } of [a, b]) await expect(client.describeTopic(name)).rejects.toThrow(/UnknownTopic/)
    }
  },
  120_000,
)

thoroughTest('a source that forbids it is no failure, and says so', async () => {
  const usual = { resource: 'TOPIC', pattern: 'LITERAL', host: '*', rule: 'ALL' } as const
  const ours = { ...usual, principal: 'User:ANONYMOUS', permission: 'ALLOW' } as const
  const rules: AccessRule[] = [
    { ...ours, resource: 'CLUSTER', name: 'kafka-cluster' },
    { ...ours, name: '*' },
    { ...usual, name: HEARTBEAT_TOPIC, principal: 'User:*', rule: 'WRITE', permission: 'DENY' },
  ]
  for (const rule of rules) await a.client.createAcl(rule)
  const tools = clusterTools(optionsFor(way(a, b), narrow('forbidden', 'identical')), systemClock)
  const outcome = await tools.writeHeartbeat({ by: 'failback r-1a2b3c', at: 0 })
  expect(outcome).toEqual({ refusal: expect.stringContaining('TOPIC_AUTHORIZATION_FAILED') })
})
