import { expect, test } from 'vitest'
import type { Clock } from '../../src/clock.js'
import { ANSWER_MS, answerTo, EXAMINATION_MS, endingWithin } from '../../src/doctor/answer.js'

const never = () => new Promise<never>(() => {})

test('however many questions hang one after the other, all are over in time', async () => {
  let passed = 0
  const clock: Clock = {
    now: () => passed,
    monotonic: () => passed,
    sleep: async ms => {
      passed += ms
    },
  }
  const hurried = endingWithin(EXAMINATION_MS, clock)
  for (let question = 0; question < 20; question++) {
    expect(await answerTo(never, hurried)).toEqual({
      value: undefined,
      problem: `no answer within ${ANSWER_MS / 1000} s`,
    })
    expect(passed).toBe(Math.min((question + 1) * ANSWER_MS, EXAMINATION_MS))
  }
  expect(EXAMINATION_MS).toBeLessThan(30_000)
})

test('an answer in time is given, and a refusal in its words', async () => {
  const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: never }
  expect(await answerTo(async () => 7, clock)).toEqual({ value: 7, problem: null })
  const refused = async () => {
    throw new Error('not for you')
  }
  expect(await answerTo(refused, clock)).toEqual({ value: undefined, problem: 'not for you' })
})
