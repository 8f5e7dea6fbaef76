import { createServer, type Server, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { examine } from '../../src/doctor/doctor.js'
import { AREAS } from '../../src/doctor/finding.js'
import { ExitCode, UserError } from '../../src/errors.js'
import type { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { optionsFor } from '../support/start-replicator.js'
import type { TwoClusters } from '../support/two-clusters.js'

/** Whatever hangs costs its own time only: the promise of 30 s, with a margin for a busy machine. */
const LIMIT_MS = 30_000

test(
  'a broker that is not there and one that never answers are named, and it ends in time',
  async () => {
    const silent = await listen(() => {})
    const closed = await listen(() => {})
    await new Promise(resolve => closed.server.close(resolve))
    const began = performance.now()
    const report = await examine(optionsBetween(silent.address, closed.address), systemClock)
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
  },
  LIMIT_MS * 2,
)

test('what speaks another protocol is no broker', async () => {
  const web = await listen(socket => {
    socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  })
  const report = await examine(optionsBetween(web.address, web.address), systemClock)
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
  const report = await examine({ ...options, source, target: { ...options.target, security: missing } }, systemClock)
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
