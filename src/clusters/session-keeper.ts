import type { Clock } from '../clock.js'
import { messageOf } from '../errors.js'
import type { Connection } from '../wire/connection.js'
import { AccessError } from '../wire/kafka-errors.js'

/**
 * When the session is renewed, as parts of its life: at first with time to spare, and again where the credentials could
 * not be had. A broker takes a renewal at most once a second (KIP-368).
 */
const TRIES_AT = [0.8, 0.87, 0.94] as const

/** How a session is renewed: what can fail without harm, then the login itself on the socket. */
export interface Renewal {
  /** Reads the credentials; the connection goes on meanwhile. Answers the login that is to be done. */
  prepare(): Promise<() => Promise<number>>
  /** The broker has refused it: the connection is over. */
  refused(error: AccessError): void
}

/**
 * Logs in again on an open connection before its session ends (KIP-368), again and again until it closes. Otherwise the
 * broker would cut it with whatever is in flight.
 */
export async function keepSession(
  connection: Connection,
  lifetimeMs: number,
  renewal: Renewal,
  clock: Clock,
): Promise<void> {
  const closed = new AbortController()
  connection.onClose(() => closed.abort())
  for (let life = lifetimeMs; life > 0 && !closed.signal.aborted; ) {
    const login = await preparedInTime(life, renewal, clock, closed.signal)
    // Without credentials until its end: the broker closes it, and the next connection says what is wrong.
    if (login === undefined || closed.signal.aborted) return
    try {
      life = await login()
    } catch (error) {
      const isRefusal = error instanceof AccessError
      if (isRefusal) renewal.refused(error)
      // Whoever waits on it learns that too, not of a lost connection.
      connection.close(isRefusal ? error : `closed: ${messageOf(error)}`)
      return
    }
  }
}

async function preparedInTime(
  lifetimeMs: number,
  renewal: Renewal,
  clock: Clock,
  closed: AbortSignal,
): Promise<(() => Promise<number>) | undefined> {
  const began = clock.monotonic()
  for (const part of TRIES_AT) {
    await clock.sleep(began + lifetimeMs * part - clock.monotonic(), closed)
    if (closed.aborted) return undefined
    try {
      return await renewal.prepare()
    } catch {
      // Tried again while there is time; then the next connection meets the same error and tells it.
    }
  }
  return undefined
}
