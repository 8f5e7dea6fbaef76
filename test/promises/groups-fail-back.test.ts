import { beforeAll, describe, expect, test } from 'vitest'
import { forgetState } from '../../src/replication/stored-state.js'
import { untilGroupIs } from '../support/group-judge.js'
import { MovingGroup, MovingProducer, untilHeldOnce, way } from '../support/moving-groups.js'
import { optionsFor, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { firstUnlessThorough, thoroughTest } from '../support/thorough.js'
import { type Side, startSide } from '../support/two-clusters.js'

/**
 * **groups fail back**: a group that has consumed on the secondary continues on the primary at the exact record, with
 * LEGACY replicators too, also when the one of the other direction comes much later and begins at EARLIEST.
 */

let primary: Side
let secondary: Side
beforeAll(async () => {
  ;[primary, secondary] = await Promise.all([startSide({ name: 'primary' }), startSide({ name: 'secondary' })])
})

const there = (topic: string): TestOptions => ({ id: `${topic}-there`, topics: topic, groups: `${topic}-.*` })
const back = (topic: string): TestOptions => ({ id: `${topic}-back`, topics: topic, groups: `${topic}-.*` })
const startThere = (topic: string) => startReplicator(way(primary, secondary), there(topic))
const startBack = (topic: string) => startReplicator(way(secondary, primary), back(topic))

describe.each(firstUnlessThorough(['writeTransactions', 'write'] as const))('with a producer that does %s', write => {
  test('one direction: the group goes on at the exact record, and the secondary is left to it', async () => {
    const topic = `one-way-${write}`
    const producer = new MovingProducer(topic, 2)
    await producer.createTopic(primary, secondary)
    await startThere(topic)
    const [far, behind] = [new MovingGroup(`${topic}-far`, topic), new MovingGroup(`${topic}-behind`, topic)]
    await producer[write](primary, 50)
    await far.read(primary)
    await behind.read(primary, 13)
    await producer.untilCopiedTo(secondary)
    for (const group of [far, behind]) await group.untilSynced(primary, secondary)
    await producer[write](secondary, 20)
    for (const group of [far, behind]) {
      await group.read(secondary)
      group.expectOnce(producer.values)
    }
  }, 120_000)

  test('failover and failback: the reverse one is created later, at EARLIEST, and filters what came from here', async () => {
    const topic = `fail-back-${write}`
    const producer = new MovingProducer(topic, 2)
    await producer.createTopic(primary, secondary)
    const first = await startThere(topic)
    const [done, behind] = [new MovingGroup(`${topic}-done`, topic), new MovingGroup(`${topic}-behind`, topic)]
    await producer[write](primary, 50)
    await done.read(primary, 40)
    await behind.read(primary, 13)
    await producer.untilCopiedTo(secondary)
    for (const group of [done, behind]) await group.untilSynced(primary, secondary)
    await first.stop() // the primary is gone

    await producer[write](secondary, 30)
    await done.read(secondary)
    await behind.read(secondary, 12) // in the midst of what came from the primary
    let reverse = await startBack(topic)
    await producer.untilCopiedTo(primary)
    for (const group of [done, behind]) await group.untilSynced(secondary, primary)
    await reverse.stop()
    await producer[write](secondary, 17)
    await done.read(secondary, 8)
    reverse = await startBack(topic)
    await producer.untilCopiedTo(primary)
    for (const group of [done, behind]) await group.untilSynced(secondary, primary)

    await producer[write](primary, 25)
    await done.read(primary, 12)
    await behind.read(primary, 9)
    await startThere(topic)
    await producer.untilCopiedTo(primary, secondary)
    for (const group of [done, behind]) {
      await group.untilSynced(primary, secondary) // and away again
      await group.read(secondary)
      group.expectOnce(producer.values)
    }
  }, 240_000)
})

thoroughTest(
  'the reverse one is deleted after the failback: groups go on exactly',
  async () => {
    const topic = 'deleted-later'
    const { producer, group, reverse } = await failedBack(topic)
    await group.read(primary)
    await group.untilSynced(primary, secondary)
    await reverse.stop()
    await forgetState(optionsFor(way(secondary, primary), back(topic)))
    await producer.write(primary, 20)
    await producer.untilCopiedTo(secondary)
    await group.read(primary, 9)
    await group.untilSynced(primary, secondary)
    await group.read(secondary)
    group.expectOnce(producer.values)
  },
  180_000,
)

thoroughTest(
  'the reverse one is deleted: what was written on the secondary since does not hold groups up',
  async () => {
    const topic = 'deleted-and-written'
    const { producer, group, reverse } = await failedBack(topic)
    await group.read(primary)
    await group.untilSynced(primary, secondary)
    await reverse.stop()
    await forgetState(optionsFor(way(secondary, primary), back(topic)))
    await new MovingProducer(topic, 1, 'stray').write(secondary, 2)
    await producer.write(primary, 20)
    await group.read(primary, 9)
    // Nobody copies them to the primary, so for a group of the primary they do not exist.
    const request = { group: group.name, topics: [topic], onlyKnownToSource: true }
    await untilGroupIs(way(primary, secondary), request)
  },
  180_000,
)

test('the reverse one is deleted before the group has read what it brought: none of that is skipped', async () => {
  const topic = 'deleted-early'
  const { producer, group, reverse } = await failedBack(topic)
  await group.untilSynced(secondary, primary)
  await reverse.stop()
  await forgetState(optionsFor(way(secondary, primary), back(topic)))
  await producer.write(primary, 20)
  await producer.untilCopiedTo(secondary)
  await group.read(primary, 3) // it has not read all that came from the secondary
  const judged = await group.untilSynced(primary, secondary, all => all.every(one => one.targetCommitted !== undefined))
  expect(judged.flatMap(({ skipped }) => skipped)).toEqual([])
  await new Promise(resolve => setTimeout(resolve, 3_000)) // some more rounds
  await group.read(secondary)
  expect(group.missing(producer.values)).toEqual([])
}, 180_000)

thoroughTest(
  'the first one is deleted before the failback: nothing that it brought is skipped',
  async () => {
    const topic = 'first-deleted'
    const producer = new MovingProducer(topic)
    await producer.createTopic(primary, secondary)
    const first = await startThere(topic)
    const group = new MovingGroup(`${topic}-group`, topic)
    await producer.write(primary, 30)
    await group.read(primary, 10)
    await producer.untilCopiedTo(secondary)
    await group.untilSynced(primary, secondary)
    await first.stop()
    await forgetState(optionsFor(way(primary, secondary), there(topic)))
    await producer.write(secondary, 10)
    await group.read(secondary, 5)
    await startBack(topic)
    await producer.untilCopiedTo(primary)
    await new Promise(resolve => setTimeout(resolve, 3_000)) // some rounds
    await group.read(primary)
    expect(group.missing(producer.values)).toEqual([])
  },
  180_000,
)

thoroughTest(
  'the reverse one appears while both sides have producers: nothing it brings is skipped',
  async () => {
    const topic = 'appears-later'
    const ofPrimary = new MovingProducer(topic, 1, 'of-primary')
    const ofSecondary = new MovingProducer(topic, 1, 'of-secondary')
    await ofPrimary.createTopic(primary, secondary)
    await startThere(topic)
    const group = new MovingGroup(`${topic}-group`, topic)
    await ofPrimary.write(primary, 10)
    await group.read(primary)
    await ofPrimary.untilCopiedTo(secondary)
    await group.untilSynced(primary, secondary)
    await ofSecondary.write(secondary, 10)
    await startBack(topic)
    await untilHeldOnce(topic, [...ofPrimary.values, ...ofSecondary.values], [primary, secondary])
    await ofPrimary.write(primary, 10)
    await untilHeldOnce(topic, [...ofPrimary.values, ...ofSecondary.values], [primary, secondary])
    await group.read(primary, 1)
    await new Promise(resolve => setTimeout(resolve, 3_000)) // some rounds
    await group.read(secondary)
    expect(group.missing([...ofPrimary.values, ...ofSecondary.values])).toEqual([])
  },
  180_000,
)

/** A group that has read some on the primary, some on the secondary, and is about to go on at home. */
async function failedBack(topic: string) {
  const producer = new MovingProducer(topic)
  await producer.createTopic(primary, secondary)
  await startThere(topic)
  const group = new MovingGroup(`${topic}-group`, topic)
  await producer.write(primary, 30)
  await group.read(primary, 25)
  await producer.untilCopiedTo(secondary)
  await group.untilSynced(primary, secondary)
  await producer.write(secondary, 20)
  await group.read(secondary, 6)
  const reverse = await startBack(topic)
  await producer.untilCopiedTo(primary)
  await group.untilSynced(secondary, primary)
  return { producer, group, reverse }
}
