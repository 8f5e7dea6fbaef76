import { beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { StateTopic, stateTopicName } from '../../src/progress/state-topic.js'
import { openClusters } from '../../src/replication/open-clusters.js'
import { verificationReport } from '../../src/ui/verification-report.js'
import type { VerificationResult } from '../../src/verification/verification-result.js'
import { type VerifyRequest, verifyReplicator } from '../../src/verification/verify-replicator.js'
import { cutLog } from '../support/cut-log.js'
import {
  Gate,
  optionsFor,
  type RunningReplicator,
  startReplicator,
  type TestOptions,
} from '../support/start-replicator.js'
import { startTwoClusters, type TwoClusters, valuesOf } from '../support/two-clusters.js'
import { forgeRecord } from './forged-record.js'

/* What the engine records as left out, and what verify makes of it, on real brokers. */

const REQUEST: VerifyRequest = { topics: [], upToCopied: false, strictTarget: false, differencesPerPartition: 5 }
const STOP = { onTruncation: 'stop', onTopicRecreated: 'stop', onPoison: 'stop' } as const
const SKIP = { onTruncation: 'skip', onTopicRecreated: 'restart', onPoison: 'skip' } as const
const HOUR_MS = 3_600_000

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

test('refused records are left out, told with their offsets, and differences once they are there', async () => {
  const topic = 'refused'
  await clusters.source.client.createTopic(topic, 1, { 'message.timestamp.after.max.ms': `${100 * HOUR_MS}` })
  await clusters.target.client.createTopic(topic, 1)
  const records = Array.from({ length: 20 }, (_, n) => ({
    ...{ partition: 0, key: `k${n}`, value: `${n}` },
    timestamp: systemClock.now() + ([7, 8, 15].includes(n) ? 2 * HOUR_MS : 0),
  }))
  await clusters.source.client.produce(topic, records)
  const replicator = await start(topic, { onPoison: 'skip' })
  await replicator.untilCaughtUp(topic)
  await replicator.stop()

  const result = await verify(topic)
  expect(result).toMatchObject({ verdict: 'equal', recordsEqual: 17 })
  expect(only(result)).toMatchObject({ recordedRecords: 3, recordedGaps: [{ from: 7 }, { from: 8 }, { from: 15 }] })
  expect(report(result)).toContain(
    'refused-0: 3 records left out, recorded: offsets 7, 8, 15: the target refused: timestamps outside',
  )
  expect(report(result)).toMatch(/once; 3 records left out, recorded \(/)

  // The target's limit is lifted, and one of them is written there after all.
  await clusters.target.client.alterConfig(topic, { set: { 'message.timestamp.after.max.ms': `${100 * HOUR_MS}` } })
  await forgeRecord(optionsOf(topic), topic, records[8]!)
  const later = await verify(topic)
  expect(later.verdict).toBe('different')
  expect(only(later).comparison!.counts).toMatchObject({ 'not-left-out': 1, phantom: 0, duplicate: 0 })
})

test('a gap that is recorded while verify reads is known by the end', async () => {
  const topic = 'meanwhile'
  await clusters.source.client.createTopic(topic, 1, { 'message.timestamp.after.max.ms': `${100 * HOUR_MS}` })
  await clusters.target.client.createTopic(topic, 1)
  const late = { partition: 0, value: 'too late', timestamp: systemClock.now() + 2 * HOUR_MS }
  await clusters.source.client.produce(topic, [late])
  // Much more than is read before the note is written.
  await clusters.source.client.load({ topic, partitions: 1, records: 60_000, recordSize: 1_000, batchSize: 100_000 })
  const replicator = await start(topic, { onPoison: 'skip' })
  await replicator.untilCaughtUp(topic)
  await replicator.stop()

  const clustersNow = await openClusters(optionsOf(topic), systemClock)
  const state = new StateTopic(stateTopicName(topic), clustersNow.target, systemClock)
  await state.exists()
  const key = `gap/${topic}/0/0/poison`
  const value = (await state.readAll()).get(key) as string
  await state.append([{ key, value: null }])
  expect((await verify(topic)).verdict).toBe('different')
  let written: Promise<number> | undefined
  const onProgress = () => {
    written ??= state.append([{ key, value }])
  }
  expect(await verifyReplicator(optionsOf(topic), { ...REQUEST, onProgress })).toMatchObject({ verdict: 'equal' })
  await written
  state.close()
  await clustersNow.close()
})

test('what the source had lost before it was copied is told', async () => {
  const topic = 'truncated'
  await clusters.source.client.createTopic(topic, 1)
  await write(topic, 'copied')
  const first = await start(topic, {})
  await first.untilCaughtUp(topic)
  await first.stop()
  await write(topic, 'lost 1', 'lost 2', 'behind it')
  await clusters.source.client.deleteRecords(topic, 0, 3)
  const second = await start(topic, { onTruncation: 'skip' })
  await second.untilCaughtUp(topic)
  await second.stop()
  const result = await verify(topic)
  expect(result).toMatchObject({ verdict: 'equal', recordsEqual: 1 })
  expect(only(result)).toMatchObject({ recordedGaps: [{ kind: 'truncated', from: 1, to: 3 }], recordedRecords: 0 })
  expect(report(result)).toContain('truncated-0: left out, recorded: the source no longer has offsets 1-2')
})

test.each(['source', 'target'] as const)(
  'a topic created anew on the %s is compared from where its copy begins, without the gaps of the old one',
  async side => {
    const topic = `anew-${side}`
    await clusters.source.client.createTopic(topic, 1, { 'message.timestamp.after.max.ms': `${100 * HOUR_MS}` })
    await clusters.target.client.createTopic(topic, 1)
    await write(topic, 'old 1')
    await clusters.source.client.produce(topic, [
      { partition: 0, value: 'too late', timestamp: systemClock.now() + 2 * HOUR_MS },
    ])
    await write(topic, 'old 3')
    const first = await start(topic, SKIP)
    await first.untilCaughtUp(topic)
    await first.stop()
    expect(only(await verify(topic))).toMatchObject({ verdict: 'equal', recordedRecords: 1 })

    const { client } = clusters[side]
    await client.deleteTopic(topic)
    expect((await verify(topic)).verdict).toBe('different')
    await client.createTopic(topic, 1, { 'message.timestamp.after.max.ms': `${100 * HOUR_MS}` })
    if (side === 'source') await write(topic, 'new 1', 'new 2', 'new 3')
    const second = await start(topic, SKIP)
    await second.untilCaughtUp(topic)
    await second.stop()

    // The record that was refused before is one like any other in the new topics.
    const result = await verify(topic)
    expect(result).toMatchObject({ verdict: 'equal', recordsEqual: 3 })
    expect(only(result)).toMatchObject({
      ...{ recordedGaps: [], recordedRecords: 0, sourceRange: [0, 3] },
      targetRange: side === 'source' ? [2, 5] : [0, 3],
    })
  },
)

test('a source that was cut back: equal once that is recorded, with what only the target still has', {
  timeout: 180_000,
}, async () => {
  const topic = 'cut-back'
  await clusters.source.client.createTopic(topic, 1)
  const gate = new Gate()
  const replicator = await start(topic, { onTruncation: 'skip' }, { gate })
  await write(topic, ...some('old', 10))
  await replicator.until('all ten are copied', () => replicator.partitions(topic)[0]?.copied === 10)
  gate.close()
  await clusters.source.kafka.stop()
  await cutLog(clusters.source.kafka, topic, 6)
  await clusters.source.kafka.launch()
  await write(topic, ...some('new', 14))
  const before = await verify(topic)
  expect(before.verdict).toBe('different')
  expect(only(before).comparison!.counts).toMatchObject({ phantom: 4 })
  gate.open()
  await replicator.untilEvent('gap-recorded')
  await replicator.until('the new ones are copied', () => replicator.partitions(topic)[0]?.copied === 20)
  await replicator.stop()

  expect(await valuesOf(clusters.target, topic)).toEqual([...some('old', 10), ...some('new', 14)])
  const result = await verify(topic)
  expect(result).toMatchObject({ verdict: 'equal', recordsEqual: 20 })
  expect(only(result)).toMatchObject({
    recordedGaps: [{ kind: 'diverged', from: 6, to: 10 }],
    comparison: { lostOnSource: 4 },
  })
  expect(report(result)).toContain('cut-back-0: 4 records on the target that the source has lost, recorded: ')
})

function optionsOf(topic: string, policy: Partial<TestOptions['obstacles']> = {}) {
  return optionsFor(clusters, testOptions(topic, policy))
}

function testOptions(topic: string, policy: Partial<TestOptions['obstacles']>): TestOptions {
  return { id: topic, topics: { include: [topic], copyConfigurations: false }, obstacles: { ...STOP, ...policy } }
}

function start(
  topic: string,
  policy: Partial<TestOptions['obstacles']>,
  more: Partial<TestOptions> = {},
): Promise<RunningReplicator> {
  return startReplicator(clusters, { ...testOptions(topic, policy), ...more })
}

function verify(topic: string): Promise<VerificationResult> {
  return verifyReplicator(optionsOf(topic), REQUEST)
}

function only({ topics }: VerificationResult) {
  return topics[0]!.partitions[0]!
}

function report(result: VerificationResult): string {
  return verificationReport(result, { color: false, unicode: false })
}

/** Each is a batch of its own, so that a log can be cut between any two. */
async function write(topic: string, ...values: string[]): Promise<void> {
  for (const value of values) await clusters.source.client.produce(topic, [{ partition: 0, value }])
}

function some(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${name} ${n}`)
}
