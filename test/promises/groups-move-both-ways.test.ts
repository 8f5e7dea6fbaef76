import { beforeAll, describe, expect, test } from 'vitest'
import type { PartitionJudgement } from '../support/group-judge.js'
import { LogMirror, prospectOf } from '../support/log-mirror.js'
import { MovingGroup, MovingProducer, untilHeldOnce, way } from '../support/moving-groups.js'
import { type RunningReplicator, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { firstUnlessThorough, thoroughTest } from '../support/thorough.js'
import { type Side, startSide } from '../support/two-clusters.js'

/**
 * **groups move both ways**: between two ENHANCED replicators, producers and consumers move one by one in any order and
 * back. A clean move (all is copied, the group is synced) reads nothing again, and no move ever skips a record.
 */

let a: Side
let b: Side
beforeAll(async () => {
  ;[a, b] = await Promise.all([startSide({ name: 'a' }), startSide({ name: 'b' })])
})

const WRITES = ['write', 'writeTransactions'] as const

/** From a to b, for one topic and the groups whose names begin with it. */
function options(topic: string, id: string, mode: 'enhanced' | 'legacy' = 'enhanced'): TestOptions {
  return { id: `${topic}-${id}`, topics: topic, groups: { include: [`${topic}-.*`], mode } }
}

async function startBothWays(topic: string): Promise<[RunningReplicator, RunningReplicator]> {
  const there = await startReplicator(way(a, b), options(topic, 'there'))
  const back = await startReplicator(way(b, a), options(topic, 'back'))
  return [there, back]
}

describe.each(firstUnlessThorough(WRITES))('with a producer that does %s', write => {
  test('producer first, then the groups one by one, and back, again and again', async () => {
    const topic = `producer-first-${write}`
    const producer = new MovingProducer(topic, 3)
    await producer.createTopic(a, b)
    await startBothWays(topic)
    const [early, late] = [new MovingGroup(`${topic}-early`, topic), new MovingGroup(`${topic}-late`, topic)]

    let [here, there] = [a, b]
    for (let round = 0; round < 4; round++) {
      await producer[write](here, 40)
      await producer.untilCopiedTo(a, b)
      await early.read(here, 15)
      await late.read(here, 20)
      await producer[write](there, 30)
      await producer.untilCopiedTo(a, b)
      await early.untilSynced(here, there)
      await early.read(there, 25)
      await late.read(here, 5) // it stays a while longer, and reads what came over
      await producer[write](there, 11)
      await producer.untilCopiedTo(a, b)
      await late.read(here, 35)
      await late.untilSynced(here, there)
      ;[here, there] = [there, here]
    }
    for (const group of [early, late]) {
      await group.read(here)
      group.expectOnce(producer.values)
    }
  }, 240_000)

  thoroughTest(
    'the group first, then the producer, and back',
    async () => {
      const topic = `group-first-${write}`
      const producer = new MovingProducer(topic, 2)
      await producer.createTopic(a, b)
      await startBothWays(topic)
      const group = new MovingGroup(`${topic}-readers`, topic)

      let [here, there] = [a, b]
      for (let round = 0; round < 4; round++) {
        await producer[write](here, 30)
        await producer.untilCopiedTo(a, b)
        await group.read(here, 22)
        await group.untilSynced(here, there)
        await group.read(there, 10)
        await producer[write](here, 15)
        await producer.untilCopiedTo(a, b)
        await group.read(there, 3) // of copies
        ;[here, there] = [there, here]
      }
      await group.read(here)
      group.expectOnce(producer.values)
    },
    240_000,
  )
})

/** Into how many parts the logs are divided for groups that have read some of them. */
const SHARES = 16n

thoroughTest(
  'both sides produce at once: from any position it begins at the first record it lacks, none is skipped',
  async () => {
    const topic = 'both-at-once'
    const producers = [new MovingProducer(topic, 2, 'of-a'), new MovingProducer(topic, 2, 'of-b')] as const
    await producers[0].createTopic(a, b)
    await producers[0].write(a, 30)
    await producers[1].write(b, 30)
    await startBothWays(topic) // each side has its own records first, then those of the other
    await untilHeldOnce(topic, [...producers[0].values, ...producers[1].values], [a, b])
    await produceAtOnce(producers)
    const ways = [
      [a, b, `${topic}-from-a`],
      [b, a, `${topic}-from-b`],
    ] as const
    for (const [from, to, name] of ways) {
      const ends = await from.client.endOffsets(topic)
      const shares = Array.from({ length: Number(SHARES) + 1 }, (_, n) => BigInt(n))
      for (const n of shares) {
        const offsets = ends.map(({ partition, end }) => ({ topic, partition, offset: (end * n) / SHARES }))
        await from.client.commitOffsets(`${name}-${n}`, offsets)
      }
      const [logHere, logThere] = [new LogMirror(from, topic, 2), new LogMirror(to, topic, 2)]
      await logHere.refresh()
      for (const n of shares) {
        const group = new MovingGroup(`${name}-${n}`, topic)
        const before = (partition: number) => ((ends[partition]?.end ?? 0n) * n) / SHARES
        group.take(logHere.valuesWhere(({ partition, offset }) => offset < before(partition)))
        await group.untilSynced(from, to)
        // Nor has it been moved on at home, where it would not read what it left out here.
        for (const log of [logThere, logHere]) expect((await prospectOf(group, [log])).skipped).toEqual([])
      }
    }
  },
  180_000,
)

thoroughTest(
  'both sides produce at once: a group that moves in the midst of it reads some again, and misses none',
  async () => {
    const topic = 'moves-between'
    const producers = [new MovingProducer(topic, 2, 'of-a'), new MovingProducer(topic, 2, 'of-b')] as const
    await producers[0].createTopic(a, b)
    await startBothWays(topic)
    const group = new MovingGroup(`${topic}-reader`, topic)
    let [here, there] = [a, b]
    for (let move = 0; move < 6; move++) {
      await produceAtOnce(producers)
      await group.read(here, 90)
      // Where it was further on there already, that stays: it has read what lies before.
      await group.untilSynced(here, there, isThereOrAhead)
      ;[here, there] = [there, here]
    }
    await group.read(here)
    const values = producers.flatMap(one => one.values)
    expect(group.missing(values)).toEqual([])
    console.log(`read again: ${group.again.length} of ${values.length}`)
  },
  180_000,
)

/** Records of both origins come to lie in different order on the two sides. */
async function produceAtOnce([ofA, ofB]: readonly [MovingProducer, MovingProducer]): Promise<void> {
  const writing = (producer: MovingProducer, side: Side) => async () => {
    for (let n = 0; n < 3; n++) {
      await producer.write(side, 15)
      await producer.writeTransactions(side, 10)
    }
  }
  await Promise.all([writing(ofA, a)(), writing(ofB, b)()])
  await untilHeldOnce(ofA.topic, [...ofA.values, ...ofB.values], [a, b])
}

function isThereOrAhead(judged: PartitionJudgement[]): boolean {
  return judged.every(({ targetCommitted: at, expected, isExact }) => isExact || (at ?? -1n) >= (expected ?? 0n))
}
