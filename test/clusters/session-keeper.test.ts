import { expect, test } from 'vitest'
import type { Clock } from '../../src/clock.js'
import { keepSession } from '../../src/clusters/session-keeper.js'
import { messageOf } from '../../src/errors.js'
import type { Connection } from '../../src/wire/connection.js'
import { AccessError, ConnectionError } from '../../src/wire/kafka-errors.js'

/** Sleeping takes no time here; what passes is noted. */
class QuickClock implements Clock {
  at = 0
  now = () => this.at
  monotonic = () => this.at
  sleep = async (ms: number, signal?: AbortSignal) => {
    if (!signal?.aborted) this.at += ms
  }
}

/** One connection whose session is kept: `events` says what was done and when. */
function setUp() {
  const clock = new QuickClock()
  const events: string[] = []
  const note = (what: string) => events.push(`${clock.at} ${what}`)
  let onClose = () => {}
  const connection = {
    isOpen: true,
    onClose: (listener: () => void) => {
      onClose = listener
    },
    close: (reason: string | Error) => {
      connection.isOpen = false
      note(`${reason instanceof Error ? 'closed as' : ''} ${messageOf(reason)}`.trim())
      onClose()
    },
  }
  /** `lives` are the answers of the logins; an error is thrown. `unready` preparations fail. */
  const keep = (lives: (number | Error)[], unready = 0) =>
    keepSession(
      connection as unknown as Connection,
      10_000,
      {
        prepare: async () => {
          note('prepare')
          if (unready-- > 0) throw new Error('the secret cannot be read')
          return async () => {
            const next = lives.shift() ?? 0
            if (next instanceof Error) throw next
            note('login')
            return next
          }
        },
        refused: error => note(`refused: ${(error as Error).message}`),
      },
      clock,
    )
  return { events, keep, connection }
}

test('a session is renewed at 80 % of its life, again and again, until one has no end', async () => {
  const { events, keep, connection } = setUp()
  await keep([20_000, 0])
  expect(events).toEqual(['8000 prepare', '8000 login', '24000 prepare', '24000 login'])
  expect(connection.isOpen).toBe(true)
})

test('credentials that cannot be had are asked for twice more before the session ends; then the broker closes it', async () => {
  const { events, keep, connection } = setUp()
  await keep([0], 3)
  expect(events).toEqual(['8000 prepare', '8700 prepare', '9400 prepare'])
  expect(connection.isOpen).toBe(true)
  const again = setUp()
  await again.keep([0], 1)
  expect(again.events).toEqual(['8000 prepare', '8700 prepare', '8700 login'])
})

test('a refusal closes the connection and is told, so that the next one waits', async () => {
  const { events, keep, connection } = setUp()
  await keep([new AccessError('no such user')])
  expect(events).toEqual(['8000 prepare', '8000 refused: no such user', '8000 closed as no such user'])
  expect(connection.isOpen).toBe(false)
})

test('a connection that is lost meanwhile is nobody’s refusal, and one that is closed is left alone', async () => {
  const { events, keep, connection } = setUp()
  connection.isOpen = false
  await keep([new ConnectionError('lost')])
  expect(events).toEqual(['8000 prepare', '8000 closed: lost'])
})
