import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MetricsServer } from '../../src/metrics/metrics-server.ts'
import type { ReplicatorSnapshot } from '../../src/replication/snapshot.ts'

const PARTITION = { gapOffsets: 5, recordsCopied: 7, bytesCopied: 700, bytesRead: 700, reason: undefined } as const
const SNAPSHOT: ReplicatorSnapshot = {
  replicatorName: 'orders "dr"',
  state: 'running',
  reason: undefined,
  at: 0,
  startedAt: 0,
  recordsCopied: 7,
  bytesCopied: 700,
  groups: undefined,
  clusters: [],
  topics: [
    {
      sourceTopic: 'orders',
      targetTopic: 'orders',
      partitions: [{ ...PARTITION, partition: 0, state: 'copying', sourceEnd: 10, copied: 7, lag: 3 }],
    },
  ],
}

let server: MetricsServer
beforeAll(async () => {
  server = await MetricsServer.listen(0)
})
afterAll(() => server.close())

function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, headers }, response => {
      let text = ''
      response.on('data', chunk => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

test('metrics carry replicator, topic and partition, with quotes escaped', async () => {
  server.show(() => [SNAPSHOT])
  const { status, text } = await get('/metrics')
  expect(status).toBe(200)
  expect(text).toContain('replicator_lag_records{replicator="orders \\"dr\\"",topic="orders",partition="0"} 3\n')
  expect(text).toContain('replicator_partitions{replicator="orders \\"dr\\"",state="copying"} 1\n')
  expect(text).toContain('# TYPE replicator_records_total counter\n')
})

test('what is not known has no sample, and is not ready', async () => {
  const unknown = { ...PARTITION, partition: 0, sourceEnd: null, copied: 7, lag: null }
  const waiting = { ...unknown, state: 'waiting' as const, reason: 'the source does not answer' }
  server.show(() => [{ ...SNAPSHOT, topics: [{ sourceTopic: 'o', targetTopic: 'o', partitions: [waiting] }] }])
  expect((await get('/metrics')).text).not.toMatch(/replicator_lag_records\{/)
  expect(await get('/readyz')).toEqual({ status: 503, text: 'o-0: waiting, the source does not answer\n' })
})

test('groups: how many, what failed, how they stand and lag; none where none are selected', async () => {
  const lags = (sumOffsetLag: number | null) => ({ sumOffsetLag, maxOffsetLag: sumOffsetLag })
  const of = { sourceTopic: 'orders', targetTopic: 'orders' }
  const topics = [
    { ...of, group: 'app "1"', state: 'synced' as const, source: lags(7), target: lags(0) },
    { ...of, group: 'b', state: 'active-on-target' as const, source: lags(null), target: lags(3) },
  ]
  server.show(() => [{ ...SNAPSHOT, groups: { count: 2, failures: 4, isFrozen: false, topics } }])
  const { text } = await get('/metrics')
  const name = 'replicator="orders \\"dr\\""'
  expect(text).toContain(`replicator_groups{${name}} 2\n`)
  expect(text).toContain(`replicator_group_offset_sync_failures_total{${name}} 4\n`)
  expect(text).toContain(`replicator_group_topics{${name},state="synced"} 1\n`)
  expect(text).toContain(`replicator_group_topics{${name},state="failed"} 0\n`)
  const labels = `${name},group="app \\"1\\"",topic="orders"`
  expect(text).toContain(`replicator_group_offset_lag_sum{${labels},cluster="source"} 7\n`)
  expect(text).toContain(`replicator_group_offset_lag_max{${labels},cluster="target"} 0\n`)
  expect(text).not.toContain(`group="b",topic="orders",cluster="source"`)
  server.show(() => [SNAPSHOT])
  expect((await get('/metrics')).text).not.toContain('replicator_group')
})

test('a running replicator that copies is ready, a starting one is alive only', async () => {
  server.show(() => [SNAPSHOT])
  expect((await get('/readyz')).status).toBe(200)
  server.show(() => [{ ...SNAPSHOT, state: 'starting' }])
  expect((await get('/readyz')).status).toBe(503)
  expect((await get('/livez')).status).toBe(200)
})

test('another host name is refused', async () => {
  expect((await get('/metrics', { host: 'evil.example' })).status).toBe(403)
})

test('a port in use is one sentence and exit code 253', async () => {
  await expect(MetricsServer.listen(server.port)).rejects.toMatchObject({
    exitCode: 253,
    message: `Metrics cannot be served on 127.0.0.1:${server.port}: it is in use by another process.`,
  })
})
