import type { SASLOptions } from 'kafkajs'
import { type BrokerEndpoint, Connection } from '../wire/connection.js'
import { assertNoError, ConnectionError } from '../wire/kafka-errors.js'
import { apiVersions } from '../wire/messages/api-versions.js'
import { authenticate, type KafkajsRequest } from './kafkajs-internals.js'

/** What one broker offers. */
export type OfferedVersions = ReadonlyMap<number, { min: number; max: number }>

export interface BrokerConnection {
  connection: Connection
  versions: OfferedVersions
}

/** The first answer of a broker: one that accepts and stays silent is hung, or no broker; there may be another. */
const GREETING_TIMEOUT_MS = 10_000

/**
 * Opens a connection to a broker, asks which versions it speaks and logs in.
 * Throws ConnectionError, or the authenticator's own error when the login is refused.
 */
export async function openBrokerConnection(
  endpoint: BrokerEndpoint,
  sasl: SASLOptions | undefined,
): Promise<BrokerConnection> {
  const connection = await Connection.open(endpoint)
  try {
    const { errorCode, versions } = await connection.call(apiVersions, undefined, { timeoutMs: GREETING_TIMEOUT_MS })
    assertNoError(errorCode, `ApiVersions of ${connection.address}`)
    if (sasl) await authenticate(sasl, endpoint, versions, request => sendKafkajs(connection, request))
    return { connection, versions }
  } catch (error) {
    connection.close('closed after a failed start')
    if (error instanceof RangeError) {
      throw new ConnectionError(`${connection.address} does not answer like a Kafka broker`, { cause: error })
    }
    throw error
  }
}

/** kafkajs's requests encode and decode themselves; they only need a socket. */
async function sendKafkajs(connection: Connection, { request, response }: KafkajsRequest): Promise<unknown> {
  const { apiKey, apiName, apiVersion } = request
  const body = await request.encode()
  const answer = await connection.send({ name: apiName, key: apiKey, version: apiVersion }, [body.buffer])
  return response.parse(await response.decode(answer))
}
