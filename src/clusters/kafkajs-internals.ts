import { createRequire } from 'node:module'
import type { Kafka, SASLOptions } from 'kafkajs'
import { systemClock } from '../clock.js'
import type { ClusterConnectionOptions } from './connection-options.js'

/**
 * The only place that knows kafkajs's private parts. kafkajs is pinned to 2.2.4 exactly; `loadKafkajs` checks on first
 * use that what we reach for is there, so that another version fails with one sentence instead of strangely.
 */
const require = createRequire(import.meta.url)

interface RequestQueue {
  pending: unknown[]
  throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  checkPendingRequests(): void
  scheduleCheckPendingRequests(): void
}

/** kafkajs's requests carry their own encoding and decoding. */
export interface KafkajsRequest {
  request: { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<{ buffer: Buffer }> }
  response: { decode(bytes: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> }
}

interface SaslConnection {
  sasl: SASLOptions
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

let loaded: { Kafka: typeof Kafka; SASLAuthenticator: SaslAuthenticatorClass } | undefined

function loadKafkajs() {
  if (loaded) return loaded
  const kafkajs = require('kafkajs') as { Kafka: typeof Kafka }
  const queue = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue }
  const SASLAuthenticator = require('kafkajs/src/broker/saslAuthenticator') as SaslAuthenticatorClass
  if (!queue.prototype?.scheduleCheckPendingRequests || !SASLAuthenticator.prototype?.authenticate) {
    throw new Error('kafkajs is not the version this tool was made for (2.2.4): run `npm ci`')
  }
  stopIdleTimer(queue.prototype)
  loaded = { Kafka: kafkajs.Kafka, SASLAuthenticator }
  return loaded
}

/**
 * kafkajs 2.2.4 re-arms a 1 ms timer on every connection that ever got an answer, 3-4 % of a core when idle, with a
 * negative delay that Node 24 warns about. The timer is only needed while requests wait.
 */
function stopIdleTimer(prototype: RequestQueue): void {
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return
    const wait = Math.max(1, this.throttledUntil - systemClock.now())
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null
      this.checkPendingRequests()
    }, wait)
  }
}

/** A kafkajs client for the control plane of one cluster. It logs nothing: its errors are thrown to us anyway. */
export function makeKafkajs(options: ClusterConnectionOptions): Kafka {
  const { Kafka } = loadKafkajs()
  return new Kafka({
    clientId: 'kafka-replicator',
    brokers: options.bootstrapBrokers,
    ...(options.tls ? { ssl: options.tls } : {}),
    ...(options.sasl ? { sasl: options.sasl } : {}),
    logLevel: 0,
    connectionTimeout: 10_000,
    requestTimeout: 30_000,
    // Few tries, since our own loops come again: a call fails within about ten seconds.
    retry: { retries: 3, initialRetryTime: 200, maxRetryTime: 3_000 },
  })
}

/**
 * Logs in on a socket of ours with kafkajs's authenticators (PLAIN, SCRAM, OAUTHBEARER).
 * Answers the session's lifetime in milliseconds, 0 for unlimited (KIP-368). Throws kafkajs's error on refusal.
 */
export async function authenticate(
  sasl: SASLOptions,
  endpoint: { host: string; port: number },
  versions: ReadonlyMap<number, { min: number; max: number }>,
  send: (request: KafkajsRequest) => Promise<unknown>,
): Promise<number> {
  const { SASLAuthenticator } = loadKafkajs()
  const offered = Object.fromEntries([...versions].map(([key, v]) => [key, { minVersion: v.min, maxVersion: v.max }]))
  const authenticator = new SASLAuthenticator({ ...endpoint, sasl, send }, silentLogger, offered, true)
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
