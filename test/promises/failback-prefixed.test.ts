import { beforeAll, expect } from 'vitest'
import { HEARTBEAT_TOPIC } from '../../src/policy/topic-patterns.js'
import { Business, WITH_HOOKS } from '../support/business.js'
import { MovingGroup, MovingProducer, untilHeldOnce } from '../support/moving-groups.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { thoroughTest } from '../support/thorough.js'
import { type Side, startSide } from '../support/two-clusters.js'

/**
 * **failback brings everything home, once**, with prefixed names: each side writes to its own topic and keeps a copy of the
 * other's beside it.
 */

let primary: Side
let secondary: Side
beforeAll(async () => {
  ;[primary, secondary] = await Promise.all([startSide({ name: 'primary' }), startSide({ name: 'secondary' })])
})

thoroughTest(
  'prefixed names: what was written on the secondary stands beside, and groups go on at the exact record',
  async () => {
    const home = await temporaryFolder()
    const naming = 'PREFIXED_WITH_SOURCE_CLUSTER_ALIAS'
    const business = await Business.open('shop', { primary, secondary, home, naming })
    const { producer, group } = business
    const [ofPrimary, ofSecondary] = [`${primary.kafka.clusterId}.shop`, `${secondary.kafka.clusterId}.shop`]
    const engine = await business.engine()
    await producer.write(primary, 20)
    await group.read(primary, 13)
    await untilHeldOnce(ofPrimary, producer.values, [secondary])
    const moved = await business.done('failover')
    expect(moved).toContain(`${ofPrimary} and shop`)

    const native = new MovingProducer('shop', 2, 'native')
    await native.createTopic(secondary)
    const away = new MovingGroup(group.name, ofPrimary, 'shop')
    await away.read(secondary)
    await native.write(secondary, 10)
    await away.read(secondary, 4)

    const said = await business.done('failback', [...WITH_HOOKS, '--max-offset-lag', '100'])
    expect(said).toContain(`${ofSecondary} and shop`)
    expect(said).toMatch(/heartbeat record crossed within \d+ s/)
    expect(await secondary.client.read(`${primary.kafka.clusterId}.${HEARTBEAT_TOPIC}`)).toHaveLength(1)
    await producer.write(primary, 5)
    const back = new MovingGroup(group.name, 'shop', ofSecondary)
    await back.read(primary)
    for (const values of [away.values, back.values]) group.take(values)
    expect([...away.again, ...back.again]).toEqual([])
    group.expectOnce([...producer.values, ...native.values])
    await untilHeldOnce(ofSecondary, native.values, [primary])
    await untilHeldOnce('shop', producer.values, [primary])
    await untilHeldOnce(ofPrimary, producer.values, [secondary])
    await engine.kill('SIGTERM')
  },
  240_000,
)
