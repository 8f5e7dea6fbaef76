import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/clock.js'
import { LoginGate } from '../../src/clusters/login-gate.js'
import { AccessError, ConnectionError } from '../../src/wire/kafka-errors.js'

class HandClock implements Clock {
  at = 0
  now = () => this.at
  monotonic = () => this.at
  sleep = async () => {}
}

function setUp() {
  const clock = new HandClock()
  const gate = new LoginGate(clock)
  const told: (string | undefined)[] = []
  gate.onChange = refusal => told.push(refusal?.message)
  let attempts = 0
  /** One who wants in: `error` is what the cluster says. */
  const knock = (error?: Error) =>
    gate
      .pass(async () => {
        attempts++
        if (error) throw error
        return 'in'
      })
      .catch((thrown: Error) => thrown.message)
  return { clock, gate, told, knock, count: () => attempts }
}

const REFUSED = new AccessError('refused')

describe('a refused login', () => {
  test('makes the next ones wait 1, 2, 4, 8 and then 10 s, and they are told the same meanwhile', async () => {
    const { clock, gate, knock, count } = setUp()
    await knock(REFUSED)
    for (const pause of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      const before = count()
      clock.at += pause - 1
      expect(await knock()).toBe('refused')
      expect(count()).toBe(before)
      // Who was not even let to the cluster was not refused by it.
      expect(gate.refusals).toBe(before)
      clock.at += 1
      expect(await knock(REFUSED)).toBe('refused')
      expect(count()).toBe(before + 1)
    }
  })

  test('lets one try at a time when the pause is over', async () => {
    const { clock, knock, count } = setUp()
    await knock(REFUSED)
    clock.at += 1_000
    expect(await Promise.all([knock(REFUSED), knock(REFUSED), knock(REFUSED)])).toEqual([
      'refused',
      'refused',
      'refused',
    ])
    expect(count()).toBe(2)
  })

  test('makes the pause no longer where several were refused together, though each counts as refused', async () => {
    const { clock, gate, knock } = setUp()
    await Promise.all([knock(REFUSED), knock(REFUSED), knock(REFUSED)])
    expect(gate.refusals).toBe(3)
    clock.at += 1_000
    expect(await knock()).toBe('in')
  })

  test('is told once, and its end too; then all come in, and the next pause is short again', async () => {
    const { clock, gate, told, knock } = setUp()
    for (const _ of [1, 2, 3]) {
      await knock(REFUSED)
      clock.at += 10_000
    }
    expect(await Promise.all([knock(), knock()])).toEqual(['in', 'refused'])
    expect(await Promise.all([knock(), knock()])).toEqual(['in', 'in'])
    expect(told).toEqual(['refused', undefined])
    gate.refused(REFUSED)
    clock.at += 1_000
    expect(await knock()).toBe('in')
    expect(told).toEqual(['refused', undefined, 'refused', undefined])
  })
})

test('a connection that is lost makes nobody wait', async () => {
  const { told, knock } = setUp()
  expect(await knock(new ConnectionError('lost'))).toBe('lost')
  expect(await knock()).toBe('in')
  expect(told).toEqual([])
})
