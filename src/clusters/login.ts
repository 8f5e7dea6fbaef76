import type { Mechanism, SASLOptions } from 'kafkajs'
import { messageOf } from '../errors.js'
import { AccessError, ConnectionError } from '../wire/kafka-errors.js'
import type { OfferedVersions } from './broker-connection.js'
import type { Login } from './connection-options.js'
import { authenticate, type KafkajsRequest } from './kafkajs-internals.js'
import { mskIamToken } from './msk-iam-token.js'
import { oauthBearer } from './oauth-bearer.js'
import { forgetToken, oauthToken } from './oauth-token.js'

/** A login with everything at hand that the broker will ask for. */
export interface PreparedLogin {
  login: Login
  mechanism: SASLOptions | Mechanism
}

/** Gets what the login needs from elsewhere, a token. Throws AccessError that names who does not give it. */
export async function prepareLogin(login: Login): Promise<PreparedLogin> {
  try {
    return { login, mechanism: await mechanismOf(login) }
  } catch (error) {
    throw new AccessError(`no token for the login of ${nameOf(login)}: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * Logs in on a connection and answers how long the session lasts in milliseconds, 0 for without end (KIP-368).
 * Throws AccessError that names who was refused and how.
 */
export async function logIn(
  { login, mechanism }: PreparedLogin,
  broker: { host: string; port: number; versions: OfferedVersions },
  send: (request: KafkajsRequest) => Promise<unknown>,
): Promise<number> {
  let lost: ConnectionError | undefined
  const watched = async (request: KafkajsRequest) => {
    try {
      return await send(request)
    } catch (error) {
      if (error instanceof ConnectionError) lost = error
      throw error
    }
  }
  try {
    return await authenticate(mechanism, broker, broker.versions, watched)
  } catch (error) {
    // A socket that was lost says nothing about the login, though kafkajs makes a refusal of that too: what a broker has
    // against it comes as an answer.
    if (lost !== undefined) throw lost
    if (login.kind === 'oauth') forgetToken(login)
    const where = `${broker.host}:${broker.port}`
    throw new AccessError(`${where} refuses the login of ${nameOf(login)}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Who logs in, for messages: never a secret. */
function nameOf(login: Login): string {
  if (login.kind === 'scram') return `"${login.username}" with ${login.mechanism.toUpperCase()}`
  if (login.kind === 'oauth') return `client "${login.clientId}" with OAUTHBEARER`
  return `IAM in ${login.region}`
}

async function mechanismOf(login: Login): Promise<SASLOptions | Mechanism> {
  if (login.kind === 'scram') {
    const { username, password } = login
    // A new object each time: kafkajs keeps in it what it has made of it, and the next password would not count.
    if (login.mechanism === 'scram-sha-256') return { mechanism: 'scram-sha-256', username, password }
    return { mechanism: 'scram-sha-512', username, password }
  }
  if (login.kind === 'iam') return oauthBearer(await mskIamToken(login), {})
  return oauthBearer(await oauthToken(login), login.extensions)
}

function reasonOf(error: unknown): string {
  const type = (error as { type?: unknown } | null)?.type
  if (type === 'ILLEGAL_SASL_STATE') return 'this listener takes no login (SASL)'
  if (type === 'UNSUPPORTED_SASL_MECHANISM') return 'this listener does not offer that mechanism'
  // kafkajs puts its own word before what the broker said.
  return messageOf(error).replace(/^SASL .* authentication failed: /, '')
}
