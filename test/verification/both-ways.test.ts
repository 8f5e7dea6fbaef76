import { beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { PROVENANCE_TOPIC } from '../../src/provenance/provenance-registry.js'
import { verificationReport } from '../../src/ui/verification-report.js'
import type { DifferenceKind } from '../../src/verification/differences.js'
import type { VerificationResult } from '../../src/verification/verification-result.js'
import { type VerifyRequest, verifyReplicator } from '../../src/verification/verify-replicator.js'
import { connectionTo, optionsFor, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { type Side, startSide, type TwoClusters, valuesOf } from '../support/two-clusters.js'
import { forgeRecord } from './forged-record.js'

/* Replicators in both directions and in a ring, on real brokers: what verify expects then, and what it finds. */

const REQUEST: VerifyRequest = { topics: [], upToCopied: false, strictTarget: false, differencesPerPartition: 5 }
const STRICT: VerifyRequest = { ...REQUEST, strictTarget: true }
const PLAIN = { color: false, unicode: false }
/** Of today, so that retention leaves them. */
const START = systemClock.now() - 3_600_000

let a: Side
let b: Side
let c: Side
beforeAll(async () => {
  ;[a, b, c] = await Promise.all([startSide({ name: 'a' }), startSide({ name: 'b' }), startSide({ name: 'c' })])
})

const way = (source: Side, target: Side): TwoClusters => ({ source, target })

test('in both directions under the same names: both are equal, with what came from the other side left out', async () => {
  const { there, back } = await copiedBothWays('both', 300, 200)
  for (const [options, [native, copied]] of [
    [there, [300, 200]],
    [back, [200, 300]],
  ] as const) {
    const result = await verifyReplicator(options, REQUEST)
    expect(result).toMatchObject({ verdict: 'equal', recordsEqual: native })
    expect(sums(result)).toEqual({ cameFromTarget: copied, foreignRecords: copied })
    expect(verificationReport(result, PLAIN)).toContain(`left out: ${copied} records that came from the target`)
    // The target's own records are differences when asked for, all of them and nothing else.
    expect(counts(await verifyReplicator(options, STRICT))).toEqual({ phantom: copied })
  }
})

test('a record that another producer wrote once more: not ours, or a duplicate when asked for', async () => {
  const { there, back } = await copiedBothWays('twice', 20, 10, async () => {
    await send(b, 'twice', [numbered('a', 7)])
  })
  const result = await verifyReplicator(there, REQUEST)
  expect(result).toMatchObject({ verdict: 'equal', recordsEqual: 20 })
  expect(sums(result)).toEqual({ cameFromTarget: 11, foreignRecords: 11 })
  expect(counts(await verifyReplicator(there, STRICT))).toEqual({ phantom: 10, duplicate: 1 })
  // On its own side it is a record like any other, and crosses.
  expect(await verifyReplicator(back, REQUEST)).toMatchObject({ verdict: 'equal', recordsEqual: 11 })
})

test('a record that a replicator copies back to where it came from is a loop', async () => {
  const { there, back } = await copiedBothWays('circle', 20, 10)
  await forgeRecord(back, 'circle', numbered('a', 7))
  const result = await verifyReplicator(back, REQUEST)
  expect(result.verdict).toBe('different')
  expect(counts(result)).toEqual({ loop: 1 })
  expect(verificationReport(result, PLAIN)).toMatch(
    /circle-0: loop: target offset 30 \(.*\) came from the target and was copied back\n/,
  )
  // Seen from the other side it came from the target, and must not travel on.
  const other = await verifyReplicator(there, REQUEST)
  expect(other).toMatchObject({ verdict: 'equal', recordsEqual: 20 })
  expect(sums(other)).toMatchObject({ cameFromTarget: 11 })
})

test('a record that a replicator has written twice is a duplicate, also under an id that only the registry knows', async () => {
  const { there } = await copiedBothWays('doubled', 20, 10)
  await forgeRecord(there, 'doubled', numbered('a', 7))
  expect(counts(await verifyReplicator(there, REQUEST))).toEqual({ duplicate: 1 })
  await forgeRecord(there, 'doubled', numbered('a', 8), 'another')
  expect(counts(await verifyReplicator(there, REQUEST))).toEqual({ duplicate: 2 })
})

test('a ring of three: each replicator writes under several producer ids, all are known, and all are equal', async () => {
  const topic = 'ring'
  for (const { client } of [a, b, c]) await client.createTopic(topic, 1)
  const ring = [way(a, b), way(b, c), way(c, a)].map((clusters, n) => ({ clusters, id: `ring-${n}`, topics: topic }))
  const running = await Promise.all(ring.map(({ clusters, ...options }) => startReplicator(clusters, options)))
  for (const [n, side] of [a, b, c].entries()) await send(side, topic, some('abc'[n] as string, 30))
  await untilHeldBy(topic, [a, b, c], 90)
  await Promise.all(running.map(replicator => replicator.stop()))
  for (const { clusters, ...options } of ring) {
    const result = await verifyReplicator(optionsFor(clusters, options), REQUEST)
    expect(result).toMatchObject({ verdict: 'equal', recordsEqual: 60 })
    expect(sums(result)).toEqual({ cameFromTarget: 30, foreignRecords: 30 })
  }
})

test('prefixed names: topics with copies from the target are left out by the registry too, and told', async () => {
  for (const { client } of [a, b]) await client.createTopic('named', 1)
  await Promise.all([send(a, 'named', some('a', 5)), send(b, 'named', some('b', 5))])
  const topics = { include: ['.*named'], naming: 'prefixed' as const }
  const to = { id: 'named-to', topics, source: connectionTo(a, 'A'), target: connectionTo(b, 'B') }
  const fro = { id: 'named-fro', topics, source: connectionTo(b, 'B'), target: connectionTo(a, 'elsewhere') }
  const first = await startReplicator(way(a, b), to)
  await first.untilCaughtUp('named')
  const second = await startReplicator(way(b, a), fro)
  await second.untilCaughtUp('named')
  await Promise.all([first.stop(), second.stop()])

  const result = await verifyReplicator(optionsFor(way(b, a), fro), REQUEST)
  expect(result).toMatchObject({ verdict: 'equal', topicsFromTarget: ['A.named'] })
  expect(result.topics).toMatchObject([{ sourceTopic: 'named', targetTopic: 'B.named' }])
  expect(verificationReport(result, PLAIN)).toContain('left out: 1 topic on B with copies from elsewhere: A.named\n')
  expect(await verifyReplicator(optionsFor(way(a, b), to), REQUEST)).toMatchObject({
    verdict: 'equal',
    topicsFromTarget: ['B.named'],
  })
})

// The last one: it takes the registry away from all others.
test('without the registry that the replicator has relied on nothing is proven', async () => {
  const { there, back } = await copiedBothWays('gone', 5, 5)
  await a.client.deleteTopic(PROVENANCE_TOPIC)
  await expect(verifyReplicator(there, REQUEST)).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringContaining('registry of provenance'),
  })
  // Where it is the target's, all is equal, but nobody could tell any more what was copied there.
  const result = await verifyReplicator(back, REQUEST)
  expect(result).toMatchObject({ verdict: 'different', recordsEqual: 5, topics: [{ verdict: 'equal' }] })
  expect(result.unregisteredProducers).toHaveLength(1)
  expect(verificationReport(result, PLAIN)).toMatch(/\nnot equal: 1 producer id not registered; 5 records are equal/)
})

/** Records native to both sides, copied by two replicators, which have stopped. */
async function copiedBothWays(topic: string, onA: number, onB: number, more = async () => {}) {
  for (const { client } of [a, b]) await client.createTopic(topic, 1)
  const there: TestOptions = { id: `${topic}-there`, topics: topic }
  const back: TestOptions = { id: `${topic}-back`, topics: topic }
  const running = await Promise.all([startReplicator(way(a, b), there), startReplicator(way(b, a), back)])
  const native = async (side: Side, name: string, count: number) => {
    // In parts, so that both origins alternate in the logs.
    for (let at = 0; at < count; at += 50) await send(side, topic, some(name, count).slice(at, at + 50))
  }
  await Promise.all([native(a, 'a', onA), native(b, 'b', onB)])
  await untilHeldBy(topic, [a, b], onA + onB)
  await more()
  for (const replicator of running) await replicator.untilCaughtUp(topic)
  await Promise.all(running.map(replicator => replicator.stop()))
  return { there: optionsFor(way(a, b), there), back: optionsFor(way(b, a), back) }
}

function numbered(name: string, n: number) {
  return { partition: 0, key: `k${n}`, value: `${name}${n}`, timestamp: START + n }
}

function some(name: string, count: number) {
  return Array.from({ length: count }, (_, n) => numbered(name, n))
}

function send({ client }: Side, topic: string, records: ReturnType<typeof some>): Promise<unknown> {
  return client.produce(topic, records)
}

async function untilHeldBy(topic: string, sides: Side[], records: number): Promise<void> {
  const held = () => Promise.all(sides.map(async side => (await valuesOf(side, topic)).length))
  await expect.poll(held, { timeout: 45_000, interval: 250 }).toEqual(sides.map(() => records))
}

function sums({ topics }: VerificationResult) {
  const partitions = topics.flatMap(topic => topic.partitions)
  return {
    cameFromTarget: partitions.reduce((sum, partition) => sum + partition.cameFromTarget, 0),
    foreignRecords: partitions.reduce((sum, partition) => sum + partition.foreignRecords, 0),
  }
}

/** The differences that are not zero. */
function counts({ topics }: VerificationResult): Partial<Record<DifferenceKind, number>> {
  const all = topics.flatMap(topic => topic.partitions).flatMap(({ comparison }) => Object.entries(comparison!.counts))
  return Object.fromEntries(all.filter(([, count]) => count > 0))
}
