import { createRequire } from 'node:module'
import type { Mechanism, SASLOptions } from 'kafkajs'

/**
 * The only place that knows kafkajs's private parts: its logins, on sockets of ours. kafkajs is pinned to 2.2.4 exactly;
 * `loadAuthenticator` checks on first use that what we reach for is there, so that another version fails with one
 * sentence instead of strangely.
 */
const require = createRequire(import.meta.url)

/** kafkajs's requests carry their own encoding and decoding. */
export interface KafkajsRequest {
  request: { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<{ buffer: Buffer }> }
  response: { decode(bytes: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> }
}

interface SaslConnection {
  sasl: SASLOptions | Mechanism
  host: string
  port: number
  send(request: KafkajsRequest): Promise<unknown>
}

type SaslAuthenticatorClass = new (
  connection: SaslConnection,
  logger: unknown,
  versions: Record<number, { minVersion: number; maxVersion: number }>,
  supportAuthenticationProtocol: boolean,
) => { authenticate(): Promise<void>; sessionLifetime: string }

function loadAuthenticator(): SaslAuthenticatorClass {
  const SASLAuthenticator = require('kafkajs/src/broker/saslAuthenticator') as SaslAuthenticatorClass
  if (!SASLAuthenticator.prototype?.authenticate) {
    throw new Error('kafkajs is not the version this tool was made for (2.2.4): run `npm ci`')
  }
  return SASLAuthenticator
}

/**
 * Logs in on a socket of ours with kafkajs's authenticators, or with a mechanism of ours in their form.
 * Answers the session's lifetime in milliseconds, 0 for unlimited (KIP-368). Throws kafkajs's error on refusal.
 */
export async function authenticate(
  sasl: SASLOptions | Mechanism,
  { host, port }: { host: string; port: number },
  versions: ReadonlyMap<number, { min: number; max: number }>,
  send: (request: KafkajsRequest) => Promise<unknown>,
): Promise<number> {
  const SASLAuthenticator = loadAuthenticator()
  const offered = Object.fromEntries([...versions].map(([key, v]) => [key, { minVersion: v.min, maxVersion: v.max }]))
  const authenticator = new SASLAuthenticator({ host, port, sasl, send }, silentLogger, offered, true)
  await authenticator.authenticate()
  return Number(authenticator.sessionLifetime)
}

const silentLogger = {
  namespace: () => silentLogger,
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
}
