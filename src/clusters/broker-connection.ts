import type { Clock } from '../clock.js'
import { messageOf } from '../errors.js'
import { Connection } from '../wire/connection.js'
import { AccessError, assertNoError, ConnectionError } from '../wire/kafka-errors.js'
import { apiVersions } from '../wire/messages/api-versions.js'
import type { ClusterHealth } from './cluster-health.js'
import type { Security, SecuritySource } from './connection-options.js'
import type { KafkajsRequest } from './kafkajs-internals.js'
import { logIn, prepareLogin } from './login.js'
import type { LoginGate } from './login-gate.js'
import { principalOf } from './refusal.js'
import { keepSession } from './session-keeper.js'

/** What one broker offers. */
export type OfferedVersions = ReadonlyMap<number, { min: number; max: number }>

export interface BrokerConnection {
  connection: Connection
  versions: OfferedVersions
}

/** What all connections to one cluster share. */
export interface ClusterAccess {
  security: SecuritySource | undefined
  gate: LoginGate
  health: ClusterHealth
  /** Whom the brokers saw at the last login, for messages. */
  principal: string
  clock: Clock
}

interface Address {
  host: string
  port: number
}

/** The first answer of a broker: one that accepts and stays silent is hung, or no broker; there may be another. */
const GREETING_TIMEOUT_MS = 10_000

/**
 * Opens a connection to a broker, asks which versions it speaks and logs in; while it is open the session is renewed.
 * Throws ConnectionError, or AccessError when the two do not trust each other: then the gate makes the next one wait.
 */
export function openBrokerConnection(address: Address, access: ClusterAccess): Promise<BrokerConnection> {
  return access.gate.pass(async () => {
    const { tls, login } = await securityNow(access)
    const prepared = login && (await prepareLogin(login))
    const connection = await Connection.open({ ...address, tls })
    try {
      const versions = await greet(connection)
      if (prepared) {
        const lifetimeMs = await logIn(prepared, { ...address, versions }, request =>
          exchange((...args) => connection.send(...args), request),
        )
        void keepSession(connection, lifetimeMs, renewalOf(connection, versions, access), access.clock)
      }
      access.principal = principalOf({ tls, login })
      access.health.answered()
      connection.onAnswer = () => access.health.answered()
      return { connection, versions }
    } catch (error) {
      connection.close('closed after a failed start')
      if (error instanceof RangeError) {
        throw new ConnectionError(`${connection.address} does not answer like a Kafka broker`, { cause: error })
      }
      throw error
    }
  })
}

async function securityNow({ security }: ClusterAccess): Promise<Security> {
  if (security === undefined) return { tls: undefined, login: undefined }
  try {
    return await security()
  } catch (error) {
    throw new AccessError(messageOf(error), { cause: error })
  }
}

async function greet(connection: Connection): Promise<OfferedVersions> {
  const { errorCode, versions } = await connection.call(apiVersions, undefined, { timeoutMs: GREETING_TIMEOUT_MS })
  assertNoError(errorCode, `ApiVersions of ${connection.address}`)
  return versions
}

function renewalOf(connection: Connection, versions: OfferedVersions, access: ClusterAccess) {
  const { host, port } = connection.endpoint
  return {
    prepare: async () => {
      const { login } = await securityNow(access)
      if (login === undefined) throw new AccessError('the configuration has no login any more')
      const prepared = await prepareLogin(login)
      return () =>
        connection.exclusively(send => logIn(prepared, { host, port, versions }, request => exchange(send, request)))
    },
    refused: (error: AccessError) => access.gate.refused(error),
  }
}

/** kafkajs's requests encode and decode themselves; they only need a socket. */
async function exchange(send: Connection['send'], { request, response }: KafkajsRequest): Promise<unknown> {
  const { apiKey, apiName, apiVersion } = request
  const body = await request.encode()
  const answer = await send({ name: apiName, key: apiKey, version: apiVersion }, [body.buffer])
  return response.parse(await response.decode(answer))
}
