import { createServer, type Server, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.js'
import { examine } from '../../src/doctor/doctor.js'
import { AREAS } from '../../src/doctor/finding.js'
import { ExitCode, UserError } from '../../src/errors.js'
import type { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { apiVersions } from '../../src/wire/messages/api-versions.js'
import { metadata } from '../../src/wire/messages/metadata.js'
import { optionsFor } from '../support/start-replicator.js'
import type { TwoClusters } from '../support/two-clusters.js'
import { VERSIONS } from './facts.js'

/** Patience that is over sooner, so that the tests need not wait for it. */
const HASTE = 5
const hastyClock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / HASTE, signal) }
/** Whatever hangs costs its own time only: the promise of 30 s. */
const LIMIT_MS = 30_000 / HASTE

test('a broker that is not there and one that never answers are named, and it ends in time', async () => {
  const silent = await listen(() => {})
  const closed = await listen(() => {})
  await new Promise(resolve => closed.server.close(resolve))
  const began = performance.now()
  const report = await examine(optionsBetween(silent.address, closed.address), hastyClock)
  expect(performance.now() - began).toBeLessThan(LIMIT_MS)

  const errors = report.findings.filter(({ severity }) => severity === 'error')
  expect(errors.map(({ area, side }) => [area, side])).toEqual([
    ['brokers', 'source'],
    ['brokers', 'target'],
  ])
  expect(errors[0]!.what).toBe(`${silent.address} of source-1: no answer within 4.5 s`)
  expect(errors[1]!.what).toContain('ECONNREFUSED')
  expect(errors[1]!.fix).toMatch(/^nc -vz 127\.0\.0\.1 \d+ /)
  // The other checks are told as what they are: not known. None of them is taken for good.
  const unknown = new Set(report.findings.filter(({ severity }) => severity === 'unknown').map(({ area }) => area))
  expect(AREAS.filter(area => unknown.has(area))).toEqual([
    'clusters',
    'versions',
    'rights',
    'groups',
    'quotas',
    'clocks',
  ])
  expect(report.counts.error).toBe(2)
})

test('a broker that the cluster names and that hangs is an error; the cluster is asked through the others', async () => {
  const silent = await listen(() => {})
  const [host = '', port = ''] = silent.address.split(':')
  const brokers = [{ nodeId: 2, host, port: Number(port) }]
  const first = await listen(socket => answer(socket, brokers))
  brokers.push({ nodeId: 1, host, port: Number(first.address.split(':')[1]) })
  const began = performance.now()
  const report = await examine(optionsBetween(first.address, first.address), hastyClock)
  expect(performance.now() - began).toBeLessThan(LIMIT_MS)
  const ofSource = report.findings.filter(({ area, side }) => area === 'brokers' && side === 'source')
  expect(ofSource.map(({ severity, what }) => [severity, what])).toEqual([
    ['ok', `${first.address} of source-1: reached and logged in`],
    ['error', `${silent.address} of source-1: no answer within 4.5 s`],
  ])
  expect(ofSource[1]!.fix).toContain('advertised.listeners')
  expect(report.source.clusterId).toBe('fake')
})

/** A broker that tells its versions and who the brokers are, and hangs when asked anything else. */
function answer(socket: Socket, brokers: readonly { nodeId: number; host: string; port: number }[]): void {
  socket.on('data', bytes => {
    // Our requests are small and come one at a time.
    const [key, correlationId] = [bytes.readInt16BE(4), bytes.readInt32BE(8)]
    const body = new ByteWriter().int32(correlationId)
    if (key === apiVersions.key) {
      body.int16(0).array([...VERSIONS], ([api, { min, max }]) => body.int16(api).int16(min).int16(max))
    } else if (key === metadata.key) {
      body.noTags().int32(0)
      body.compactArray(brokers, ({ nodeId, host, port }) => {
        body.int32(nodeId).compactString(host).int32(port).unsignedVarint(0).noTags()
      })
      body
        .compactString('fake')
        .int32(1)
        .compactArray([], () => {})
        .int32(0)
        .noTags()
    } else return
    const size = Buffer.alloc(4)
    size.writeInt32BE(body.bytes().length)
    socket.write(Buffer.concat([size, body.bytes()]))
  })
}

test('what speaks another protocol is no broker', async () => {
  const web = await listen(socket => {
    socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  })
  const report = await examine(optionsBetween(web.address, web.address), hastyClock)
  const [first] = report.findings
  expect(first).toMatchObject({ area: 'brokers', severity: 'error', side: 'source' })
  expect(first!.what).toContain('is not the Kafka protocol')
})

test('a secret that is missing here is a finding with its own fix, and nobody is asked without it', async () => {
  let connections = 0
  const broker = await listen(() => connections++)
  const options = optionsBetween(broker.address, broker.address)
  const missing = async () => {
    throw new UserError('No file for the secret "login".', {
      exitCode: ExitCode.Environment,
      fix: 'Name it in Secrets.',
    })
  }
  const source = { ...options.source, security: missing }
  const report = await examine({ ...options, source, target: { ...options.target, security: missing } }, hastyClock)
  expect(report.findings[0]).toMatchObject({ area: 'brokers', severity: 'error', fix: 'Name it in Secrets.' })
  expect(report.findings[0]!.what).toContain('No file for the secret "login".')
  expect(connections).toBe(0)
})

async function listen(onConnection: (socket: Socket) => void): Promise<{ server: Server; address: string }> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { server, address: `127.0.0.1:${port}` }
}

function optionsBetween(source: string, target: string) {
  const side = (id: string) => ({ kafka: { clusterId: id, bootstrapServers: '' } as LocalKafka })
  const options = optionsFor({ source: side('A'), target: side('B') } as TwoClusters, {
    topics: 'orders',
    groups: '.*',
  })
  return {
    ...options,
    source: { ...options.source, alias: 'source-1', bootstrapBrokers: [source] },
    target: { ...options.target, alias: 'target-1', bootstrapBrokers: [target] },
  }
}
