import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { ProgressStore } from '../../src/progress/progress-store.js'
import { StateTopic, stateTopicName } from '../../src/progress/state-topic.js'
import { openClusters } from '../../src/replication/open-clusters.js'
import { StoredStatusReader } from '../../src/replication/read-stored-status.js'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.js'
import type { StoredStatus } from '../../src/replication/stored-status.js'
import { startEngineProcess } from '../support/engine-process.js'
import { optionsFor, startReplicator } from '../support/start-replicator.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/** What `status` tells of replicators between two real clusters, from a process that is not theirs. */

const HEARTBEAT_FRESH_MS = 15_000

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

test('before its first run: nothing is taken for 0', async () => {
  const topic = 'never-ran'
  await clusters.source.client.createTopic(topic, 2)
  await write(topic, 0, 'a', 'b')
  const status = await read(optionsFor(clusters, { topics: topic }))
  expect(status).toMatchObject({ verdict: 'never-ran', state: 'never-ran', heartbeatAgeMs: null, instance: null })
  expect(status.totals).toMatchObject({ partitions: 2, lag: null, unknown: 2, held: 0, gaps: 0 })
  expect(status.topics[0]?.partitions).toMatchObject([
    { state: 'not-begun', sourceStart: 0, sourceEnd: 2, copied: null, lag: null, targetEnd: null },
    { state: 'not-begun', sourceEnd: 0 },
  ])
})

test('running and caught up, then stopped and behind: exact numbers', async () => {
  const topic = 'exact'
  await clusters.source.client.createTopic(topic, 2)
  await write(topic, 0, 'a', 'b', 'c')
  const options = { id: randomUUID(), topics: topic }
  const replicator = await startReplicator(clusters, options)
  await replicator.untilCaughtUp(topic)
  const running = await until(options, ({ verdict }) => verdict === 'caught-up')
  expect(running).toMatchObject({ state: 'running', stateReason: null, totals: { lag: 0, unknown: 0, held: 0 } })
  expect(running.instance).toMatchObject({ processId: process.pid })
  expect(running.heartbeatAgeMs).toBeLessThan(HEARTBEAT_FRESH_MS)
  expect(running.topics[0]?.partitions).toMatchObject([
    { state: 'caught-up', sourceStart: 0, sourceEnd: 3, sourceHighWatermark: 3, copied: 3, lag: 0, targetEnd: 3 },
    { state: 'caught-up', sourceEnd: 0, copied: 0, lag: 0, targetEnd: 0 },
  ])

  await replicator.stop()
  await write(topic, 1, 'later 1', 'later 2')
  const stopped = await read(optionsFor(clusters, options))
  expect(stopped).toMatchObject({ verdict: 'stopped', state: 'stopped', totals: { lag: 2 } })
  expect(stopped.topics[0]?.partitions).toMatchObject([
    { state: 'caught-up', lag: 0 },
    { state: 'behind', sourceEnd: 2, copied: 0, lag: 2 },
  ])
})

test('what lies behind an open transaction is no lag, and is told', async () => {
  const topic = 'open'
  await clusters.source.client.createTopic(topic, 1)
  await write(topic, 0, 'a')
  const options = { id: randomUUID(), topics: topic }
  const replicator = await startReplicator(clusters, options)
  await replicator.untilCaughtUp(topic)
  const transactional = { id: randomUUID(), outcome: 'leaveOpen' } as const
  await clusters.source.client.produce(topic, [{ partition: 0, value: 'b' }], { transactional })
  const status = await until(
    options,
    ({ totals, verdict }) => totals.inOpenTransactions === 1 && verdict === 'caught-up',
  )
  expect(status.topics[0]?.partitions).toMatchObject([{ sourceEnd: 1, sourceHighWatermark: 2, copied: 1, lag: 0 }])
  await clusters.source.client.endTransaction(transactional.id, 'abort')
})

test('killed: silent once its heartbeat is old, with host and process', async () => {
  const topic = 'killed'
  await clusters.source.client.createTopic(topic, 1)
  const options = optionsFor(clusters, { topics: topic })
  const engine = await startEngineProcess(options)
  expect(await read(options)).toMatchObject({ state: 'running' })
  await engine.kill()
  // Its last word is seconds old: a freshness of nothing stands for the 15 s that would have to pass.
  const status = await read(options, { freshMs: -1 })
  expect(status).toMatchObject({ verdict: 'silent', state: 'silent', instance: { host: expect.any(String) } })
  expect(status.heartbeatAgeMs).toBeGreaterThanOrEqual(0)
})

test('a held partition: noted with its reason, though nothing moved since; gone from the note when it goes on', async () => {
  const topic = 'held'
  await clusters.source.client.createTopic(topic, 2)
  await clusters.target.client.createTopic(topic, 2, { 'max.message.bytes': '5000' })
  await write(topic, 0, 'x'.repeat(6_000))
  const options = { id: randomUUID(), topics: { include: [topic], copyConfigurations: false } }
  const replicator = await startReplicator(clusters, options)
  const reason = await replicator.untilHeld(topic)
  const held = await until(options, ({ totals }) => totals.held === 1)
  expect(held).toMatchObject({ verdict: 'held', state: 'running' })
  expect(held.topics[0]?.partitions).toMatchObject([
    { state: 'held', reason, copied: 0, lag: 1 },
    { state: 'caught-up', reason: null },
  ])
  await replicator.stop()

  await clusters.target.client.alterConfig(topic, { set: { 'max.message.bytes': '50000' } })
  const again = await startReplicator(clusters, options)
  await again.untilCaughtUp(topic)
  const mended = await until(options, ({ totals }) => totals.held === 0 && totals.lag === 0)
  expect(mended.verdict).toBe('caught-up')
})

test('what an earlier life noted of a hold does not outlive that life, though nothing moves', async () => {
  const topic = 'was-held'
  await clusters.source.client.createTopic(topic, 1)
  await write(topic, 0, 'a')
  const options = { id: randomUUID(), topics: topic }
  const first = await startReplicator(clusters, options)
  await first.untilCaughtUp(topic)
  await first.stop()
  await noteHeld(optionsFor(clusters, options), topic)
  expect(await read(optionsFor(clusters, options))).toMatchObject({ verdict: 'held' })
  const second = await startReplicator(clusters, options)
  await second.untilCaughtUp(topic)
  await until(options, ({ verdict }) => verdict === 'caught-up')
})

test('truncated while it stands still: told before it runs; a gap is told with its exact offsets after', async () => {
  const topic = 'gap'
  await clusters.source.client.createTopic(topic, 1)
  await write(topic, 0, 'copied')
  const options = { id: randomUUID(), topics: topic }
  const first = await startReplicator(clusters, options)
  await first.untilCaughtUp(topic)
  await first.stop()
  await write(topic, 0, 'lost 1', 'lost 2', 'behind it')
  await clusters.source.client.deleteRecords(topic, 0, 3)
  const before = await read(optionsFor(clusters, options))
  expect(before).toMatchObject({ verdict: 'held', gaps: [], totals: { held: 1, gaps: 0 } })
  expect(before.topics[0]?.partitions[0]?.reason).toMatch(/no longer has offsets 1-2: .* it will be held when it runs/)

  const skipping = { onTruncation: 'skip', onTopicRecreated: 'stop', onPoison: 'stop' } as const
  const second = await startReplicator(clusters, { ...options, obstacles: skipping })
  await second.untilCaughtUp(topic)
  const status = await until(options, ({ verdict }) => verdict === 'caught-up')
  expect(status.gaps).toMatchObject([
    {
      kind: 'truncated',
      sourceTopic: topic,
      partition: 0,
      from: 1,
      to: 3,
      offsets: 2,
      at: expect.stringMatching(/Z$/),
    },
  ])
  expect(status.totals).toMatchObject({ gaps: 1, gapOffsets: 2 })
  expect(status.topics[0]?.partitions).toMatchObject([{ copied: 4, lag: 0, gapOffsets: 2 }])
})

test.each(['source', 'target'] as const)(
  'a topic created anew on the %s: told, and no number is made up',
  async side => {
    const topic = `anew-${side}`
    await clusters.source.client.createTopic(topic, 1)
    await write(topic, 0, 'a', 'b')
    const options = { id: randomUUID(), topics: topic }
    const replicator = await startReplicator(clusters, options)
    await replicator.untilCaughtUp(topic)
    await replicator.stop()
    await clusters[side].client.deleteTopic(topic)
    await clusters[side].client.createTopic(topic, 1)
    const told = `${side} topic ${topic} was deleted and created again`
    // Brokers learn of a deleted topic one after the other.
    const status = await until(options, ({ topics }) => topics[0]?.partitions[0]?.reason?.includes(told) === true)
    expect(status).toMatchObject({ verdict: 'held', totals: { lag: null } })
  },
)

test('left alone because the operator wants it so: told, and no fault', async () => {
  await clusters.source.client.createTopic('alone-1', 1)
  await clusters.source.client.createTopic('alone-2', 1)
  const options = { id: randomUUID(), topics: 'alone-.*' }
  const first = await startReplicator(clusters, options)
  await first.untilCaughtUp('alone-1', 'alone-2')
  await first.stop()
  await clusters.target.client.deleteTopic('alone-1')
  const ignoring = { onTruncation: 'stop', onTopicRecreated: 'ignore', onPoison: 'stop' } as const
  const second = await startReplicator(clusters, { ...options, obstacles: ignoring })
  await second.untilEvent('partition-ignored')
  const status = await until(options, ({ verdict }) => verdict === 'caught-up')
  expect(status.topics[0]?.partitions).toMatchObject([
    { state: 'ignored', lag: 0, reason: expect.stringContaining('target topic alone-1 was deleted') },
  ])
})

test('a topic that the source has no longer is named, and is no fault', async () => {
  await clusters.source.client.createTopic('gone-1', 1)
  await clusters.source.client.createTopic('gone-2', 1)
  const options = { id: randomUUID(), topics: 'gone-.*' }
  const replicator = await startReplicator(clusters, options)
  await replicator.untilCaughtUp('gone-1', 'gone-2')
  await clusters.source.client.deleteTopic('gone-2')
  const status = await until(options, ({ verdict }) => verdict === 'caught-up')
  expect(status.goneFromSource).toEqual(['gone-2'])
  expect(status.topics.map(({ sourceTopic }) => sourceTopic)).toEqual(['gone-1'])
})

test('an unreachable source: said within seconds; what the target knows is told, the rest is null', async () => {
  const topic = 'unreachable'
  await clusters.source.client.createTopic(topic, 1)
  await write(topic, 0, 'a')
  const options = { id: randomUUID(), topics: topic }
  const replicator = await startReplicator(clusters, options)
  await replicator.untilCaughtUp(topic)
  await replicator.stop()
  const known = optionsFor(clusters, options)
  const source = { ...known.source, bootstrapBrokers: [await deafBroker()] }
  const began = performance.now()
  const status = await read({ ...known, source })
  expect(performance.now() - began).toBeLessThan(15_000)
  expect(status).toMatchObject({ verdict: 'unreachable', state: 'stopped', target: { problem: null } })
  expect(status.source.problem).toBe(`Cluster source did not answer within 5 s at ${source.bootstrapBrokers[0]}.`)
  expect(status.totals).toMatchObject({ partitions: 1, lag: null, unknown: 1, gaps: 0 })
  expect(status.topics[0]?.partitions).toMatchObject([
    { state: 'unknown', sourceStart: null, sourceEnd: null, copied: 1, lag: null, targetEnd: 1 },
  ])
})

test('an unreachable target: the state is unknown, and so is every number of the copy', async () => {
  const topic = 'no-target'
  await clusters.source.client.createTopic(topic, 1)
  const known = optionsFor(clusters, { topics: topic })
  const status = await read({ ...known, target: { ...known.target, bootstrapBrokers: ['127.0.0.1:1'] } })
  expect(status).toMatchObject({ verdict: 'unreachable', state: 'unknown', source: { problem: null } })
  expect(status.totals).toMatchObject({ lag: null, gaps: null, gapOffsets: null })
  expect(status.topics[0]?.partitions).toMatchObject([{ sourceEnd: 0, copied: null, gapOffsets: null }])
})

async function read(options: ReplicatorOptions, { freshMs = HEARTBEAT_FRESH_MS } = {}): Promise<StoredStatus> {
  const reader = new StoredStatusReader(options, freshMs, systemClock)
  onTestFinished(() => reader.close())
  return await reader.read()
}

/** As an engine does that stops at something which is mended before the next one starts. */
async function noteHeld(options: ReplicatorOptions, sourceTopic: string): Promise<void> {
  const open = await openClusters(options, systemClock)
  const topic = new StateTopic(stateTopicName(options.id), open.target, systemClock)
  await topic.exists()
  const store = new ProgressStore(topic)
  await store.load()
  const note = store.partition(sourceTopic, 0)
  if (note === undefined) throw new Error(`${sourceTopic} was not noted`)
  await store.savePartitions([{ sourceTopic, partition: 0, note: { ...note, held: 'by an earlier life' } }])
  store.close()
  await open.close()
}

/** Notes are written once a second. */
async function until(
  options: { id: string; topics: Parameters<typeof optionsFor>[1]['topics'] },
  isSo: (status: StoredStatus) => boolean,
) {
  const reader = new StoredStatusReader(optionsFor(clusters, options), HEARTBEAT_FRESH_MS, systemClock)
  onTestFinished(() => reader.close())
  let status = await reader.read()
  const deadline = performance.now() + 30_000
  while (!isSo(status) && performance.now() < deadline) {
    await systemClock.sleep(200)
    status = await reader.read()
  }
  expect(isSo(status), JSON.stringify(status, null, 1)).toBe(true)
  return status
}

/** Takes connections and says nothing, as one does that hangs. */
async function deafBroker(): Promise<string> {
  const sockets: Socket[] = []
  const server = createServer(socket => sockets.push(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function write(topic: string, partition: number, ...values: string[]): Promise<void> {
  for (const value of values) await clusters.source.client.produce(topic, [{ partition, value }])
}
