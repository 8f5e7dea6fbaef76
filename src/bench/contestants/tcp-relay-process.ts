import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { RelayAnswer, RelayRequest } from './tcp-relay.js'

/** One of the three processes of the bare relay; what it does comes as a message. */

/** As large as the answers that a broker sends at a time. */
const SOURCE_CHUNK = Buffer.alloc(1024 * 1024, 'x')
let received = 0

process.on('message', (request: RelayRequest) => carryOut(request))
process.on('disconnect', () => process.exit())

function carryOut(request: RelayRequest): void {
  switch (request.do) {
    case 'send':
      return send(request.port, request.bytes)
    case 'relay':
      return listen(socket => socket.pipe(connect(request.port, '127.0.0.1')))
    case 'listen':
      return listen(socket => socket.on('data', chunk => (received += chunk.length)))
    case 'count':
      return answer({ received })
  }
}

function listen(onSocket: (socket: Socket) => void): void {
  const server = createServer(onSocket)
  server.listen(0, '127.0.0.1', () => answer({ port: (server.address() as AddressInfo).port }))
}

function send(port: number, bytes: number): void {
  const socket = connect(port, '127.0.0.1', () => answer({}))
  let left = bytes
  const writeOn = () => {
    while (left > 0) {
      const chunk = SOURCE_CHUNK.subarray(0, Math.min(left, SOURCE_CHUNK.length))
      left -= chunk.length
      if (!socket.write(chunk)) return
    }
    socket.end()
  }
  socket.on('drain', writeOn)
  writeOn()
}

function answer(message: RelayAnswer): void {
  process.send?.(message)
}
