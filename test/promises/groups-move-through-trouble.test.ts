import { beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { startEngineProcess } from '../support/engine-process.js'
import type { JudgeRequest } from '../support/group-judge.js'
import { untilGroupIs } from '../support/group-judge.js'
import { MovingGroup, MovingProducer, way } from '../support/moving-groups.js'
import { connectionTo, optionsFor, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { firstUnlessThorough, thoroughTest } from '../support/thorough.js'
import { type Side, startSide, type TwoClusters } from '../support/two-clusters.js'

/**
 * **groups move both ways**, where not all is well: an engine is killed, a broker restarts, the counterpart stands still
 * or was never there. Nothing is skipped, and nothing is read again where both sides' records can be told.
 */

let a: Side
let b: Side
let c: Side
beforeAll(async () => {
  ;[a, b, c] = await Promise.all([startSide({ name: 'a' }), startSide({ name: 'b' }), startSide({ name: 'c' })])
})

/** A judgement must hold this long: what is written once more would show. */
const SOME_ROUNDS_MS = 3_000

function enhanced(topic: string, id: string): TestOptions {
  return { id: `${topic}-${id}`, topics: topic, groups: { include: [`${topic}-.*`], mode: 'enhanced' } }
}

describe.each(firstUnlessThorough(['there', 'back']))('kill -9 of the engine %s', killed => {
  test('in the middle of a move: it goes on, and nothing is read twice or skipped', async () => {
    const topic = `killed-${killed}`
    const producer = new MovingProducer(topic, 2)
    await producer.createTopic(a, b)
    const engines = {
      there: () => startEngineProcess(optionsFor(way(a, b), enhanced(topic, 'there'))),
      back: () => startEngineProcess(optionsFor(way(b, a), enhanced(topic, 'back'))),
    }
    const running = { there: await engines.there(), back: await engines.back() }
    const group = new MovingGroup(`${topic}-group`, topic)

    let [here, there] = [a, b]
    for (let round = 0; round < 4; round++) {
      const one = killed as keyof typeof running
      await producer.writeTransactions(here, 30)
      await group.read(here, 21)
      await running[one].kill()
      running[one] = await engines[one]()
      await producer.write(here, 20)
      await producer.untilCopiedTo(a, b)
      await group.read(here, 7)
      await running[one].kill()
      running[one] = await engines[one]()
      await group.untilSynced(here, there)
      await group.read(there, 12)
      ;[here, there] = [there, here]
    }
    await group.read(here)
    group.expectOnce(producer.values)
    await Promise.all([running.there.kill(), running.back.kill()])
  }, 240_000)
})

thoroughTest(
  'brokers restart in the middle of a move: nothing is read twice or skipped',
  async () => {
    const topic = 'broker-restarts'
    const producer = new MovingProducer(topic, 2)
    await producer.createTopic(a, b)
    await startReplicator(way(a, b), enhanced(topic, 'there'))
    await startReplicator(way(b, a), enhanced(topic, 'back'))
    const group = new MovingGroup(`${topic}-group`, topic)
    let [here, there] = [a, b]
    for (const restarted of [a, b, b, a]) {
      await producer.writeTransactions(here, 24)
      await group.read(here, 17)
      await restarted.kafka.restart({ signal: 'SIGKILL' })
      await producer.untilCopiedTo(a, b)
      await group.untilSynced(here, there)
      await group.read(there, 5)
      ;[here, there] = [there, here]
    }
    await group.read(here)
    group.expectOnce(producer.values)
  },
  240_000,
)

test('the counterpart stands still while only one side produces: groups follow exactly all the same', async () => {
  const topic = 'standing-still'
  const producer = new MovingProducer(topic, 2)
  await producer.createTopic(a, b)
  await startReplicator(way(a, b), enhanced(topic, 'there'))
  const back = await startReplicator(way(b, a), enhanced(topic, 'back'))
  const group = new MovingGroup(`${topic}-group`, topic)
  for (const side of [a, b, a]) {
    await producer.writeTransactions(side, 20)
    await producer.untilCopiedTo(a, b)
  }
  await back.stop()
  for (let round = 0; round < 3; round++) {
    await producer.writeTransactions(a, 20)
    await producer.untilCopiedTo(b)
    await group.read(a, 35)
    await group.untilSynced(a, b)
  }
  await group.read(b)
  group.expectOnce(producer.values)
}, 120_000)

thoroughTest(
  'without a counterpart: told, exact where the target holds only copies, never past records of its own',
  async () => {
    // No replicator of this file copies from a to c, whatever its topics.
    const [pure, mixed] = ['lonely-pure', 'lonely-mixed']
    const [copied, own] = [new MovingProducer(pure, 2), new MovingProducer(mixed, 1, 'own')]
    const mixedIn = new MovingProducer(mixed, 1, 'mixed-in')
    for (const producer of [copied, own]) await producer.createTopic(c, a)
    await own.write(a, 10)
    const there = await startReplicator(way(c, a), {
      id: 'lonely',
      topics: 'lonely-.*',
      groups: { include: ['lonely-.*'], mode: 'enhanced' },
    })
    await there.untilEvent('counterpart-missing')
    await copied.writeTransactions(c, 40)
    await mixedIn.write(c, 10)
    await there.untilCaughtUp(pure, mixed)
    const group = new MovingGroup('lonely-group', pure)
    await group.read(c, 25)
    await group.untilSynced(c, a)
    await group.read(a)
    group.expectOnce(copied.values)

    const cautious = new MovingGroup('lonely-cautious', mixed)
    await cautious.read(c)
    await cautious.untilSynced(c, a)
    await systemClock.sleep(SOME_ROUNDS_MS)
    await cautious.read(a)
    expect(cautious.missing([...own.values, ...mixedIn.values])).toEqual([])
    expect(there.messages('counterpart-missing')).toHaveLength(1)
  },
  120_000,
)

thoroughTest(
  'a ring of three, where nobody copies straight back: nothing is ever skipped',
  async () => {
    const topic = 'ring'
    const sides = [a, b, c]
    const producers = sides.map((_, n) => new MovingProducer(topic, 1, `of-${n}`))
    await producers[0]?.createTopic(...sides)
    const ring = [way(a, b), way(b, c), way(c, a)]
    const running = await Promise.all(ring.map((clusters, n) => startReplicator(clusters, enhanced(topic, `${n}`))))
    await Promise.all(producers.map((producer, n) => producer.write(sides[n] as Side, 20)))
    const group = new MovingGroup(`${topic}-group`, topic)
    const values = () => producers.flatMap(producer => producer.values)
    for (let move = 0; move < 6; move++) {
      const side = sides[move % 3] as Side
      await expect.poll(async () => (await side.client.read(topic)).length, { timeout: 45_000 }).toBe(values().length)
      await group.read(side, 35)
      await systemClock.sleep(SOME_ROUNDS_MS)
      await producers[move % 3]?.write(sides[move % 3] as Side, 3)
    }
    await expect.poll(async () => (await a.client.read(topic)).length, { timeout: 45_000 }).toBe(values().length)
    await group.read(a)
    expect(group.missing(values())).toEqual([])
    await Promise.all(running.map(replicator => replicator.stop()))
  },
  180_000,
)

thoroughTest(
  'prefixed names both ways: who has read the copy goes on at the origin, at the exact record',
  async () => {
    const producer = new MovingProducer('orders', 2)
    await producer.createTopic(a, b)
    const options = (source: Side, from: string, target: Side, to: string): [TwoClusters, TestOptions] => [
      way(source, target),
      {
        id: `prefixed-${from}-${to}`,
        topics: { include: ['.*orders'], naming: 'prefixed' },
        groups: 'orders-.*',
        ...{ source: connectionTo(source, from), target: connectionTo(target, to) },
      },
    ]
    await startReplicator(...options(a, 'A', b, 'B'))
    await producer.writeTransactions(a, 40)
    await expect.poll(async () => (await b.client.read('A.orders')).length, { timeout: 45_000 }).toBe(40)
    await startReplicator(...options(b, 'B', a, 'A'))

    const onCopy = { source: 'A.orders', target: 'orders' }
    for (const maxRecords of [0, 13, 40]) {
      const name = `orders-group-${maxRecords}`
      const [there, here] = [new MovingGroup(name, 'A.orders'), new MovingGroup(name, 'orders')]
      const consumed = maxRecords === 0 ? [] : await there.read(b, maxRecords)
      if (maxRecords === 0) await b.client.commitOffset(name, 'A.orders', 0, 0)
      const request: JudgeRequest = { group: name, topics: [onCopy], direction: 'back' }
      await untilGroupIs(way(a, b), request, all => all.every(one => one.sourceCommitted === undefined || one.isExact))
      const rest = await here.read(a)
      expect([...consumed, ...rest].sort()).toEqual([...producer.values].sort())
    }
  },
  120_000,
)
