import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { Connection } from '../../src/wire/connection.js'
import { ConnectionError } from '../../src/wire/kafka-errors.js'
import { apiVersions } from '../../src/wire/messages/api-versions.js'
import { metadata } from '../../src/wire/messages/metadata.js'

const HEAD = { name: 'Test', key: 99, version: 3 }

describe('answers', () => {
  test('are put together wherever the network cuts them', async () => {
    const { connection, requests, socket } = await connectToServer()
    const bytes = Buffer.concat([frame(1, 'first'), frame(2, ''), frame(3, 'third')])
    const answers = [1, 2, 3].map(() => connection.send(HEAD, []))
    await requests(3)
    for (const byte of bytes) await write(socket, Buffer.of(byte))
    expect(await texts(answers)).toEqual(['first', '', 'third'])
  })

  test('are kept apart when all come in one chunk, with the beginning of the next', async () => {
    const { connection, requests, socket } = await connectToServer()
    const answers = ['a', 'b', 'c'].map(() => connection.send(HEAD, []))
    await requests(3)
    const last = frame(3, 'c')
    await write(socket, Buffer.concat([frame(1, 'a'), frame(2, 'b'), last.subarray(0, 6)]))
    expect(await texts(answers.slice(0, 2))).toEqual(['a', 'b'])
    await write(socket, last.subarray(6))
    expect(await texts(answers.slice(2))).toEqual(['c'])
  })

  test('of many megabytes arrive whole, in the buffer the caller has given for them', async () => {
    const { connection, requests, socket } = await connectToServer()
    const body = Buffer.alloc(5_000_000, 'kafka')
    const given = Buffer.alloc(body.length + 100)
    const answer = connection.send(HEAD, [], { allocate: size => given.subarray(0, size + 50) })
    await requests(1)
    socket.write(frame(1, body))
    const received = await answer
    expect(received.equals(body)).toBe(true)
    expect(received.buffer).toBe(given.buffer)
  })

  test('go to a reader, which leaves out the tagged fields of a flexible header', async () => {
    const { connection, requests, socket } = await connectToServer()
    const versions = connection.call(apiVersions, undefined)
    const brokers = connection.call(metadata, { topics: [] })
    await requests(2)
    socket.write(frame(1, new ByteWriter().int16(0).int32(1).int16(18).int16(0).int16(4).bytes()))
    const answer = new ByteWriter()
      .noTags()
      .int32(0)
      .compactArray([], () => {})
    socket.write(
      frame(
        2,
        answer
          .compactString('the-id')
          .int32(7)
          .compactArray([], () => {})
          .bytes(),
      ),
    )
    expect(await versions).toEqual({ errorCode: 0, versions: new Map([[18, { min: 0, max: 4 }]]) })
    expect(await brokers).toMatchObject({ clusterId: 'the-id', controllerId: 7 })
  })
})

describe('time', () => {
  test('is silence: an answer that keeps coming may take as long as it does', async () => {
    const { connection, requests, socket } = await connectToServer()
    const answer = connection.send(HEAD, [], { timeoutMs: 1_000 })
    await requests(1)
    for (const byte of frame(1, 'slow')) {
      await new Promise(resolve => setTimeout(resolve, 120)) // 12 bytes, so longer than the timeout
      await write(socket, Buffer.of(byte))
    }
    expect(await texts([answer])).toEqual(['slow'])
  })

  test('of a request begins when the answer before it has come', async () => {
    const { connection, requests, socket } = await connectToServer()
    const answers = [1, 2, 3].map(() => connection.send(HEAD, [], { timeoutMs: 1_000 }))
    await requests(3)
    for (const n of [1, 2, 3]) {
      await new Promise(resolve => setTimeout(resolve, 500))
      await write(socket, frame(n, `answer ${n}`))
    }
    expect(await texts(answers)).toEqual(['answer 1', 'answer 2', 'answer 3'])
  })

  test('is over when an answer stops in the middle', async () => {
    const { connection, requests, socket } = await connectToServer()
    const answers = [connection.send(HEAD, [], { timeoutMs: 100 })]
    await requests(1)
    await write(socket, frame(1, 'never whole').subarray(0, 9))
    await expectLost(connection, answers, /no answer to Test in time/)
  })
})

describe('requests', () => {
  test('carry their size, head, number and client id before the chunks of their body', async () => {
    const { connection, requests } = await connectToServer()
    quiet(connection.send(HEAD, [Buffer.from('ab'), Buffer.from('c')]))
    quiet(connection.send({ ...HEAD, flexible: true }, []))
    const [plain, flexible] = await requests(2)
    const header = (id: number) => new ByteWriter().int16(99).int16(3).int32(id).string('kafka-replicator')
    expect(plain).toEqual(header(1).raw(Buffer.from('abc')).bytes())
    expect(flexible).toEqual(header(2).noTags().bytes())
  })

  test('of one turn of the event loop leave together', async () => {
    const { connection, requests, chunks } = await connectToServer()
    for (let n = 0; n < 20; n++) quiet(connection.send(HEAD, [Buffer.from('body')]))
    expect(chunks).toHaveLength(0)
    await requests(20)
    expect(chunks).toHaveLength(1)
  })
})

describe('while one has the connection for itself', () => {
  test('all else waits, in its order, and goes when that is done', async () => {
    const { connection, requests, socket } = await connectToServer()
    const early = connection.send({ ...HEAD, version: 1 }, [])
    const login = connection.exclusively(async send => {
      await send({ ...HEAD, version: 2 }, [])
      return (await send({ ...HEAD, version: 3 }, [])).toString()
    })
    const late = [4, 5].map(version => connection.send({ ...HEAD, version }, []))
    await requests(2)
    socket.write(Buffer.concat([frame(1, 'early'), frame(2, '')]))
    const sent = await requests(3)
    socket.write(frame(3, 'done'))
    expect(await login).toBe('done')
    const all = [...sent, ...(await requests(5)).slice(3)]
    expect(all.map(request => request.readInt16BE(2))).toEqual([1, 2, 3, 4, 5])
    socket.write(Buffer.concat([frame(4, 'a'), frame(5, 'b')]))
    expect(await texts([early, ...late])).toEqual(['early', 'a', 'b'])
  })

  test('and the connection is lost, all that waits is told so', async () => {
    const { connection, requests, socket } = await connectToServer()
    const login = connection.exclusively(send => send(HEAD, []))
    const ends = Promise.allSettled([login, connection.send(HEAD, [])])
    await requests(1)
    socket.destroy()
    const lost = { status: 'rejected', reason: expect.any(ConnectionError) }
    expect(await ends).toEqual([lost, lost])
  })
})

describe('a connection is given up, and everything that waits on it told so,', () => {
  test('when the broker closes it in the middle of an answer', async () => {
    const { connection, requests, socket } = await connectToServer()
    const answers = [1, 2].map(() => connection.send(HEAD, []))
    await requests(2)
    socket.end(frame(1, 'never whole').subarray(0, 9))
    await expectLost(connection, answers, /lost the connection to 127\.0\.0\.1:\d+: the broker closed it/)
  })

  test('when the socket breaks', async () => {
    const { connection, requests, socket } = await connectToServer()
    const answers = [connection.send(HEAD, [])]
    await requests(1)
    socket.resetAndDestroy()
    await expectLost(connection, answers, /lost the connection .*(ECONNRESET|closed it)/)
  })

  test('when the oldest request is not answered in time, though a younger one may still wait', async () => {
    const { connection } = await connectToServer()
    const answers = [connection.send(HEAD, [], { timeoutMs: 30 }), connection.send(HEAD, [])]
    await expectLost(connection, answers, /no answer to Test in time/)
  })

  test.each([
    ['a greeting of another protocol', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a TLS alert', Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46])],
    ['an answer too short for its number', Buffer.from([0, 0, 0, 3, 1, 2, 3])],
    ['a negative size', Buffer.alloc(8, 0xff)],
  ])('when it says %s', async (_what, bytes) => {
    const { connection, requests, socket } = await connectToServer()
    const answers = [connection.send(HEAD, [])]
    await requests(1)
    socket.write(bytes)
    await expectLost(connection, answers, /not the Kafka protocol: is TLS missing on this listener\?/)
  })

  test('when it answers without being asked', async () => {
    const { connection, socket } = await connectToServer()
    socket.write(frame(1, 'unasked'))
    await expectLost(connection, [], /not the Kafka protocol: is TLS missing/)
  })

  test('when an answer carries another number than the one that is due', async () => {
    const { connection, requests, socket } = await connectToServer()
    const answers = [1, 2].map(() => connection.send(HEAD, []))
    await requests(2)
    socket.write(frame(2, 'out of turn'))
    await expectLost(connection, answers, /answer 2 came where 1 was due/)
  })

  test('when this side closes it; what is asked afterwards fails at once', async () => {
    const { connection } = await connectToServer()
    const answers = [connection.send(HEAD, [])]
    connection.close()
    await expectLost(connection, answers, /closed by this side/)
    await expect(connection.send(HEAD, [])).rejects.toThrow(/closed by this side/)
  })
})

test('a request that is answered in time does not end a later one early', async () => {
  const { connection, requests, socket } = await connectToServer()
  const first = connection.send(HEAD, [], { timeoutMs: 5_000 })
  const second = connection.send(HEAD, [], { timeoutMs: 60 })
  await requests(2)
  socket.write(Buffer.concat([frame(1, 'a'), frame(2, 'b')]))
  expect(await texts([first, second])).toEqual(['a', 'b'])
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(connection.isOpen).toBe(true)
})

test('a port where nobody listens is a ConnectionError that names it', async () => {
  const server = await listen(() => {})
  const port = portOf(server)
  await new Promise(resolve => server.close(resolve))
  const opening = Connection.open({ host: '127.0.0.1', port, tls: undefined })
  await expect(opening).rejects.toThrow(new RegExp(`cannot connect to 127\\.0\\.0\\.1:${port}: .*ECONNREFUSED`))
  await expect(opening).rejects.toBeInstanceOf(ConnectionError)
})

/** A connection and the other end of it, which answers only what the test tells it to. */
async function connectToServer() {
  let accept: (socket: Socket) => void = () => {}
  const accepted = new Promise<Socket>(resolve => {
    accept = resolve
  })
  const server = await listen(socket => accept(socket))
  const connection = await Connection.open({ host: '127.0.0.1', port: portOf(server), tls: undefined })
  onTestFinished(() => connection.close())
  const socket = (await accepted).setNoDelay(true).on('error', () => {})
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  /** Waits for so many whole requests and gives what stands behind the size of each. */
  const requests = async (count: number): Promise<Buffer[]> => {
    for (;;) {
      const frames = framesIn(Buffer.concat(chunks))
      if (frames.length >= count) return frames
      await once(socket, 'data')
    }
  }
  return { connection, socket, chunks, requests }
}

async function listen(onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onSocket).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return server
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port
}

function frame(correlationId: number, body: string | Buffer): Buffer {
  const content = Buffer.from(body as string)
  return new ByteWriter()
    .int32(content.length + 4)
    .int32(correlationId)
    .raw(content)
    .bytes()
}

function framesIn(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readInt32BE(at)
    if (end > bytes.length) break
    frames.push(bytes.subarray(at + 4, end))
    at = end
  }
  return frames
}

/** Writes and lets the other side read, so that each write arrives by itself. */
async function write(socket: Socket, bytes: Buffer): Promise<void> {
  socket.write(bytes)
  await new Promise(resolve => setImmediate(resolve))
}

async function texts(answers: Promise<Buffer>[]): Promise<string[]> {
  return (await Promise.all(answers)).map(String)
}

/** For requests whose answers a test is not interested in. */
function quiet(answer: Promise<unknown>): void {
  answer.catch(() => {})
}

async function expectLost(connection: Connection, answers: Promise<Buffer>[], why: RegExp): Promise<void> {
  const told = new Promise<ConnectionError>(resolve => connection.onClose(resolve))
  for (const result of await Promise.allSettled(answers)) {
    expect(result).toMatchObject({ status: 'rejected', reason: expect.any(ConnectionError) })
  }
  expect((await told).message).toMatch(why)
  expect(connection.isOpen).toBe(false)
}
