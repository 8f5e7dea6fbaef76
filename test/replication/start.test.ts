import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ExitCode, type UserError } from '../../src/errors.js'
import { preflight } from '../../src/replication/preflight.js'
import { Replicator } from '../../src/replication/replicator.js'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.js'
import { forgetState, readStatus } from '../../src/replication/stored-state.js'
import { optionsFor, startReplicator } from '../support/start-replicator.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

const SECONDS_MAX = 15

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters()
})

describe('what cannot begin ends with 254 and one sentence, soon', () => {
  test('another cluster than the configuration says', async () => {
    const options = optionsFor(clusters, { topics: '.*' })
    options.target.expectedClusterId = 'AAAAAAAAAAAAAAAAAAAAAQ'
    await expectRefused(
      options,
      /belong to cluster "[\w-]{22}", but the configuration says .* "AAAAAAAAAAAAAAAAAAAAAQ"/,
    )
  })

  test('the same cluster twice', async () => {
    const { source } = clusters
    await expectRefused(
      optionsFor({ source, target: source }, { topics: '.*' }),
      /Source and target are the same cluster/,
    )
  })

  test.each(['source', 'target'] as const)('nobody listens where the %s should be', async side => {
    const options = optionsFor(clusters, { topics: '.*' })
    options[side].bootstrapBrokers = [`127.0.0.1:${await unusedPort()}`]
    await expectRefused(options, new RegExp(`Cluster ${side} does not answer at 127.*ECONNREFUSED`))
  })

  test('a host that does not exist', async () => {
    const options = optionsFor(clusters, { topics: '.*' })
    options.source.bootstrapBrokers = ['no-such-host.invalid:9092']
    await expectRefused(options, /Cluster source does not answer at no-such-host\.invalid:9092/)
  })

  test('something that is no Kafka', async () => {
    const options = optionsFor(clusters, { topics: '.*' })
    const port = await serverThat(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    options.source.bootstrapBrokers = [`127.0.0.1:${port}`]
    await expectRefused(options, /Cluster source does not answer .*(not the Kafka protocol|lost the connection)/)
  })

  test('something that accepts and stays silent', async () => {
    const options = optionsFor(clusters, { topics: '.*' })
    options.source.bootstrapBrokers = [`127.0.0.1:${await serverThat(() => {})}`]
    await expectRefused(options, /Cluster source does not answer/)
  })
})

test('a broker of the list that is down does not matter when another one answers', async () => {
  const options = optionsFor(clusters, { topics: '.*' })
  options.source.bootstrapBrokers.unshift(`127.0.0.1:${await unusedPort()}`)
  await preflight(options)
})

test('a preflight changes nothing: no topic of ours is on the target', async () => {
  const options = optionsFor(clusters, { topics: 'preflight', id: 'preflight' })
  await clusters.source.client.createTopic('preflight', 1)
  await preflight(options)
  await expect(clusters.target.client.describeTopic('preflight')).rejects.toThrow(/UnknownTopic/)
  expect(await readStatus(options)).toBeUndefined()
})

test('its status can be read on the target until it is forgotten; its offset maps stay for others', async () => {
  await clusters.source.client.createTopic('status', 1)
  const given = { id: 'status', topics: 'status' }
  const replicator = await startReplicator(clusters, given)
  expect(await readStatus(optionsFor(clusters, given))).toMatchObject({ state: 'running' })
  await replicator.stop()
  expect(await readStatus(optionsFor(clusters, given))).toMatchObject({ state: 'stopped' })

  await forgetState(optionsFor(clusters, given))
  await forgetState(optionsFor(clusters, given))
  expect(await readStatus(optionsFor(clusters, given))).toBeUndefined()
  for (const topic of ['status', '__kafka_replicator_state_status']) {
    expect(await clusters.target.client.describeTopic(topic)).toMatchObject({ partitions: 1 })
  }
})

test('stop is safe twice, before the start has come to its end, and after a failed start', async () => {
  const early = new Replicator(optionsFor(clusters, { topics: 'early' }))
  const starting = early.start()
  await Promise.all([early.stop(), early.stop(), starting])
  expect(await early.ended).toEqual({ exitCode: ExitCode.Done, reason: undefined })

  const options = optionsFor(clusters, { topics: '.*' })
  options.source.bootstrapBrokers = [`127.0.0.1:${await unusedPort()}`]
  const failed = new Replicator(options)
  await expect(failed.start()).rejects.toThrow()
  await failed.stop()
  expect(await failed.ended).toMatchObject({ exitCode: ExitCode.Done })
})

async function expectRefused(options: ReplicatorOptions, message: RegExp): Promise<void> {
  const startedAt = performance.now()
  const replicator = new Replicator({ ...options, id: randomUUID() })
  const error = (await replicator.start().catch((error: unknown) => error)) as UserError
  await replicator.stop()
  expect(error).toMatchObject({ name: 'UserError', exitCode: ExitCode.Service, fix: expect.any(String) })
  expect(error.message).toMatch(message)
  expect(error.message).toMatch(/^[^\n]*[.?]$/)
  expect((performance.now() - startedAt) / 1000).toBeLessThan(SECONDS_MAX)
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

async function serverThat(meets: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}))
    meets(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}
