import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { FrameWatcher } from '../../src/local-kafka/frame-watcher.js'
import { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { OutsideClient } from '../../src/local-kafka/outside-client.js'
import { TcpProxy } from '../../src/local-kafka/tcp-proxy.js'
import { firstUnlessThorough } from '../support/thorough.js'

describe('a link to a server that answers what it hears', () => {
  let server: Server
  let proxy: TcpProxy

  beforeAll(async () => {
    server = createServer(socket => socket.on('error', () => {}).pipe(socket))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    proxy = await TcpProxy.start('127.0.0.1', (server.address() as AddressInfo).port)
  })
  beforeEach(async () => {
    proxy.heal()
    await until(() => proxy.openConnections === 0)
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    server.close()
  })

  test('passes bytes on, in order, and the end', async () => {
    const client = await open(proxy)
    const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, n) => n % 251))
    client.socket.write(sent)
    client.socket.end()
    await once(client.socket, 'close')
    expect(client.received().equals(sent)).toBe(true)
    await until(() => proxy.openConnections === 0)
  })

  test('a delay moves bytes and does not thin them out', async () => {
    const client = await open(proxy)
    proxy.delay(50)
    const startedAt = performance.now()
    for (let n = 0; n < 40; n++) {
      client.socket.write(Buffer.alloc(100_000, n))
      await systemClock.sleep(1)
    }
    await until(() => client.received().length > 0)
    expect(performance.now() - startedAt).toBeGreaterThan(98)
    await until(() => client.receivedBytes() === 4_000_000)
    // 40 chunks one after the other would have taken 4 s.
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect([...client.received().filter((_, at) => at % 100_000 === 0)]).toEqual(
      Array.from({ length: 40 }, (_, n) => n),
    )
  })

  test('a slow link is slow for all its connections together', async () => {
    const clients = await Promise.all([open(proxy), open(proxy)])
    proxy.slow(100_000, 'toBroker')
    const startedAt = performance.now()
    for (const { socket } of clients) socket.write(Buffer.alloc(25_000))
    await until(() => clients.every(client => client.received().length === 25_000))
    const seconds = (performance.now() - startedAt) / 1000
    expect(seconds).toBeGreaterThan(0.45)
    expect(seconds).toBeLessThan(1)
  })

  test('cut ends connections, reset resets them, and new ones are welcome', async () => {
    const [first, second] = [await open(proxy), await open(proxy)]
    const before = proxy.counts
    proxy.cut()
    await until(() => first.socket.destroyed && second.socket.destroyed)
    expect(first.error()).toBeUndefined()
    const third = await open(proxy)
    proxy.reset()
    await until(() => third.socket.destroyed)
    expect(third.error()).toMatchObject({ code: 'ECONNRESET' })
    expect(proxy.counts).toMatchObject({ cut: before.cut + 2, reset: before.reset + 1 })
    expect(await echo(await open(proxy), 'hello')).toBe('hello')
  })

  test('refusing meets new connections alone', async () => {
    const old = await open(proxy)
    expect(await echo(old, 'before')).toBe('before')
    proxy.refuse()
    const socket = connect(proxy.port, proxy.host)
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error).toMatchObject({ code: 'ECONNRESET' })
    expect(await echo(old, 'still')).toBe('beforestill')
    expect(proxy.counts.refused).toBe(1)
  })

  test('a blackhole swallows, and what has a hole stays silent', async () => {
    const [holed, quiet] = [await open(proxy), await open(proxy)]
    proxy.blackhole('toBroker')
    holed.socket.write('lost')
    await until(() => proxy.counts.swallowed.toBroker === 4)
    proxy.heal()
    holed.socket.write('lost too')
    expect(await echo(quiet, 'heard')).toBe('heard')
    await until(() => proxy.counts.swallowed.toBroker === 12)
    expect(holed.received()).toHaveLength(0)
    expect(holed.socket.destroyed).toBe(false)
  })

  test('what is held arrives late, though its sender has gone', async () => {
    const heard: string[] = []
    const sink = createServer(socket => socket.on('data', chunk => heard.push(chunk.toString())))
    await once(sink.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void sink.close())
    await using own = await TcpProxy.start('127.0.0.1', (sink.address() as AddressInfo).port)
    const client = await open(own)
    own.hold('toBroker')
    client.socket.write('late', () => client.socket.destroy())
    await systemClock.sleep(100)
    expect(heard).toEqual([])
    own.heal()
    await until(() => heard.length > 0)
    expect(heard).toEqual(['late'])
  })

  test('only so much is on its way: a sender whose bytes are held is made to wait', async () => {
    const client = await open(proxy)
    proxy.hold('toBroker')
    const total = 64 * 1024 * 1024
    client.socket.write(Buffer.alloc(total))
    await systemClock.sleep(500)
    expect(client.socket.writableLength).toBeGreaterThan(0)
    expect(client.socket.bytesWritten).toBeLessThanOrEqual(total)
    proxy.heal()
    await until(() => client.receivedBytes() === total)
  })

  test('a server that is down is seen as a reset', async () => {
    await using own = await TcpProxy.start('127.0.0.1', 1)
    const socket = connect(own.port, own.host)
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error).toMatchObject({ code: 'ECONNRESET' })
  })
})

test('frames are found however the bytes are cut', () => {
  const frames = [frame(0, 3, 8), frame(1, 12, 2), frame(0, 7, 0), frame(18, 3, 300)]
  const bytes = Buffer.concat(frames)
  const starts = [0, 20, 34, 46]
  for (const size of [1, 3, 7, 11, 64, 1000]) {
    const seen: [key: number, start: number][] = []
    const watcher = new FrameWatcher(12)
    for (let at = 0; at < bytes.length; at += size) {
      watcher.watch(bytes.subarray(at, at + size), (head, start) => seen.push([head.readInt16BE(4), at + start]))
    }
    expect(seen).toEqual([0, 1, 0, 18].map((key, n) => [key, starts[n]]))
  }
})

test('what is not Kafka is let alone', () => {
  const watcher = new FrameWatcher(8)
  watcher.watch(Buffer.alloc(100), () => expect.unreachable())
})

describe.each(firstUnlessThorough(['4.2.0', '2.8.1'] as const))('a proxied Kafka %s', version => {
  test('sends clients that come through the proxy back to it, and the others not', async () => {
    await using kafka = await LocalKafka.start({ version, name: 'proxied', proxied: true })
    await using client = await OutsideClient.start(kafka.proxiedBootstrapServers)
    await client.createTopic('seen', 1)

    await client.produce('seen', [{ value: 'x'.repeat(100_000) }])
    expect(kafka.proxy.counts.forwarded.toBroker).toBeGreaterThan(100_000)
    const before = kafka.proxy.counts
    expect(await kafka.read('seen')).toHaveLength(1)
    expect(kafka.proxy.counts.forwarded.toClient).toBe(before.forwarded.toClient)

    const PRODUCE = 0
    const dropped = kafka.proxy.dropNextAnswer(PRODUCE)
    const produced = client.produce('seen', [{ value: 'heard once' }])
    await dropped
    expect((await client.endOffsets('seen'))[0]).toMatchObject({ end: 2n })
    await produced
    // Its producer is idempotent: it has sent it again, and the broker has it once.
    expect((await client.endOffsets('seen'))[0]).toMatchObject({ end: 2n })
    expect(kafka.proxy.counts.answersDropped).toBe(1)

    await kafka.restart({ signal: 'SIGKILL' })
    expect((await client.endOffsets('seen'))[0]).toMatchObject({ end: 2n })
  })
})

test('without it there is no proxy', async () => {
  await using kafka = await LocalKafka.start()
  expect(() => kafka.proxy).toThrow('was not started with proxied: true')
})

interface Client {
  socket: Socket
  received(): Buffer
  receivedBytes(): number
  error(): Error | undefined
}

async function open({ host, port }: TcpProxy): Promise<Client> {
  const socket = connect({ host, port, noDelay: true })
  onTestFinished(() => void socket.destroy())
  const chunks: Buffer[] = []
  let bytes = 0
  let failure: Error | undefined
  socket.on('data', chunk => {
    chunks.push(chunk)
    bytes += chunk.length
  })
  socket.on('error', error => {
    failure = error
  })
  await once(socket, 'connect')
  return { socket, received: () => Buffer.concat(chunks), receivedBytes: () => bytes, error: () => failure }
}

/** All that was ever received, once the text is. */
async function echo(client: Client, text: string): Promise<string> {
  client.socket.write(text)
  await until(() => client.received().toString().endsWith(text))
  return client.received().toString()
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not so after 30 s: ${condition}`)
    await systemClock.sleep(5)
  }
}

function frame(apiKey: number, correlationId: number, bodyBytes: number): Buffer {
  const bytes = Buffer.alloc(12 + bodyBytes, 0xff)
  bytes.writeInt32BE(bytes.length - 4, 0)
  bytes.writeInt16BE(apiKey, 4)
  bytes.writeInt16BE(9, 6)
  bytes.writeInt32BE(correlationId, 8)
  return bytes
}
