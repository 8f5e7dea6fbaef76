import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Cluster } from '../../src/clusters/cluster.js'
import { AccessError } from '../../src/wire/kafka-errors.js'
import { apiVersions } from '../../src/wire/messages/api-versions.js'
import { FakeClock } from '../progress/fake-cluster.js'

/** A broker that answers every request as if it was ApiVersions: no error, nothing offered. */
async function clusterOfOne(security?: () => Promise<never>) {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', request => {
      const answer = Buffer.alloc(14)
      answer.writeInt32BE(10)
      request.copy(answer, 4, 8, 12)
      socket.write(answer)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const clock = new FakeClock()
  const { port } = server.address() as { port: number }
  const options = {
    alias: 'one',
    bootstrapBrokers: [`127.0.0.1:${port}`],
    expectedClusterId: undefined,
    reference: 'one',
    security,
  }
  const cluster = new Cluster(options, clock)
  onTestFinished(() => cluster.close())
  return { clock, cluster }
}

test('each answer says that the cluster is there', async () => {
  const { clock, cluster } = await clusterOfOne()
  expect(cluster.health.isAnswering).toBeNull()
  for (const _ of [1, 2, 3]) {
    await cluster.callAny(apiVersions, undefined)
    expect(cluster.health.isAnswering).toBe(true)
    clock.time += 50_000
    expect(cluster.health.isAnswering).toBe(false)
  }
})

test('a login that cannot even be tried counts as refused, once for each attempt', async () => {
  const { clock, cluster } = await clusterOfOne(() => Promise.reject(new Error('the secret is gone')))
  const knock = () => expect(cluster.callAny(apiVersions, undefined)).rejects.toBeInstanceOf(AccessError)
  await knock()
  await knock()
  expect(cluster.authErrors).toBe(1)
  clock.time += 10_000
  await knock()
  expect([cluster.authErrors, cluster.health.isAnswering]).toEqual([2, null])
})
