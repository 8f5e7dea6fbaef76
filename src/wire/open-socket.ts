import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls'
import { messageOf } from '../errors.js'
import type { AnswerReader } from './answer-reader.js'
import { AccessError } from './kafka-errors.js'
import { socketTrouble } from './socket-trouble.js'

/** Where a broker listens and how to speak to it. */
export interface BrokerEndpoint {
  host: string
  port: number
  /** undefined is plaintext. */
  tls: TlsOptions | undefined
}

/** The time to open a socket (with TLS): longer than two lost SYN packets, short enough to try the next broker. */
const CONNECT_TIMEOUT_MS = 10_000
/** Keep-alive probes find a peer that vanished while nothing was asked. */
const KEEP_ALIVE_DELAY_MS = 30_000

/**
 * Opens a socket whose bytes go into `reader`, with TLS where the endpoint says so: then the broker's certificate and
 * host name are verified. Rejects within 10 s: with AccessError where the two sides do not trust each other, else with
 * ConnectionError.
 */
export function openSocket(endpoint: BrokerEndpoint, reader: AnswerReader, onBytes: () => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { tls } = endpoint
    const socket = connect(endpoint, {
      buffer: () => reader.nextRead(),
      callback: (bytes: number): boolean => {
        onBytes()
        reader.onRead(bytes)
        return true
      },
    })
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection after ${CONNECT_TIMEOUT_MS / 1000} s`)),
      CONNECT_TIMEOUT_MS,
    )
    const failed = (error: Error) => {
      clearTimeout(timer)
      reject(socketTrouble(error, endpoint, 'cannot connect to'))
    }
    socket.once('error', failed)
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.off('error', failed)
      socket.setNoDelay(true)
      socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS)
      resolve(socket)
    })
  })
}

interface OnRead {
  buffer: () => Buffer
  callback: (bytes: number) => boolean
}

function connect({ host, port, tls }: BrokerEndpoint, onread: OnRead): Socket {
  if (!tls) return connectPlain({ host, port, onread })
  try {
    // `onread` is taken by tls.connect too when it makes the socket itself, though its types do not say so.
    return connectTls({ ...tls, host, port, rejectUnauthorized: true, ...{ onread } } as TlsOptions)
  } catch (error) {
    // Key and certificate are read before anything is sent: a wrong password of the key, or two that do not belong together.
    throw new AccessError(`the client certificate and its key cannot be used: ${messageOf(error)}`, { cause: error })
  }
}
