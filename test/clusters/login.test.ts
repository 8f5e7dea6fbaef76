import { expect, test } from 'vitest'
import type { ScramLogin } from '../../src/clusters/connection-options.js'
import { logIn, prepareLogin } from '../../src/clusters/login.js'
import { AccessError, ConnectionError } from '../../src/wire/kafka-errors.js'

const LOGIN: ScramLogin = { kind: 'scram', mechanism: 'scram-sha-512', username: 'anna', password: 'c4n4ry' }
const HANDSHAKE = { enabledMechanisms: ['SCRAM-SHA-512'] }

/** Logs in where the broker answers the handshake, and the first message with this. */
async function logInWhere(answer: () => Promise<unknown>) {
  const versions = new Map([17, 36].map(key => [key, { min: 1, max: 1 }] as const))
  const answers = [async () => HANDSHAKE, answer]
  const send = () => answers.shift()?.() ?? Promise.reject(new Error('nothing more was expected'))
  return logIn(await prepareLogin(LOGIN), { host: 'b', port: 1, versions }, send).catch(thrown => thrown)
}

test('a connection that is lost in the middle of a login is not a refusal', async () => {
  const lost = new ConnectionError('lost the connection')
  expect(await logInWhere(() => Promise.reject(lost))).toBe(lost)
})

test('what the broker has against it is one, named with user and mechanism, and never shows the password', async () => {
  const error = await logInWhere(() => Promise.reject(new Error('invalid credentials')))
  expect(error).toBeInstanceOf(AccessError)
  expect(error.message).toBe('b:1 refuses the login of "anna" with SCRAM-SHA-512: invalid credentials')
  expect(JSON.stringify([error, error.cause, error.stack])).not.toContain('c4n4ry')
})
