import { request } from 'node:https'
import { rootCertificates } from 'node:tls'
import { systemClock } from '../clock.js'
import { messageOf } from '../errors.js'
import type { OAuthLogin } from './connection-options.js'

interface Token {
  value: string
  /** Reading of the monotonic clock after which a new one is asked for. */
  reuseUntil: number
}

interface Answer {
  status: number
  body: string
}

/** Whoever logs in wrongly is told so within 10 s; a broker has its part in that. */
const ENDPOINT_TIMEOUT_MS = 8_000
/** A token is a few KiB. */
const ANSWER_MAX_BYTES = 256 * 1024
/** Of a token's life, the part in which it opens further connections: one that is nearly over makes short sessions. */
const REUSED_PART = 0.8
/** For an endpoint that does not say how long its tokens live (RFC 6749, 5.1 only recommends it). */
const UNKNOWN_LIFE_S = 60

/** One for each login, so that a burst of connections asks once. */
const tokens = new WeakMap<OAuthLogin, Promise<Token>>()

/** An access token for the login, asked for or still good. Throws what the token endpoint has against it. */
export async function oauthToken(login: OAuthLogin): Promise<string> {
  const known = tokens.get(login)
  if (known !== undefined && (await isGood(known))) return (await known).value
  // Somebody else may have asked meanwhile.
  const latest = tokens.get(login)
  const asked = latest === undefined || latest === known ? askForToken(login) : latest
  tokens.set(login, asked)
  return (await asked).value
}

async function isGood(asked: Promise<Token>): Promise<boolean> {
  try {
    return systemClock.monotonic() < (await asked).reuseUntil
  } catch {
    // Whoever asked was told; the next one asks again.
    return false
  }
}

/** The next login asks for a new token: the broker has refused this one. */
export function forgetToken(login: OAuthLogin): void {
  tokens.delete(login)
}

async function askForToken(login: OAuthLogin): Promise<Token> {
  const { host, pathname } = new URL(login.tokenEndpointUrl)
  const where = `the token endpoint https://${host}${pathname}`
  const askedAt = systemClock.monotonic()
  const { status, body } = await post(login).catch((error: unknown) => {
    throw new Error(`${where} does not answer: ${messageOf(error)}`, { cause: error })
  })
  const answer = parseObject(body)
  if (status !== 200) throw new Error(`${where} answers ${status}${errorOf(answer)}`)
  const { access_token: value, expires_in: life } = answer
  if (typeof value !== 'string' || value === '') throw new Error(`${where} answers without an access_token`)
  const lifeSeconds = Number.isFinite(Number(life)) && Number(life) > 0 ? Number(life) : UNKNOWN_LIFE_S
  return { value, reuseUntil: askedAt + lifeSeconds * 1000 * REUSED_PART }
}

/** RFC 6749, 4.4.2 and 2.3.1. */
function post(login: OAuthLogin): Promise<Answer> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...login.parameters })
  if (login.scope !== undefined) form.set('scope', login.scope)
  const headers: Record<string, string> = {
    ...login.headers,
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  }
  if (login.method === 'BASIC') {
    const pair = [login.clientId, login.clientSecret].map(encodeURIComponent).join(':')
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
  } else {
    form.set('client_id', login.clientId)
    form.set('client_secret', login.clientSecret)
  }
  const ca = login.ca === undefined ? {} : { ca: [...rootCertificates, login.ca] }
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ENDPOINT_TIMEOUT_MS)
    const asked = request(login.tokenEndpointUrl, { method: 'POST', headers, signal, ...ca }, answer => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (text: string) => {
        body += text
        if (body.length > ANSWER_MAX_BYTES) asked.destroy(new Error('its answer is too long'))
      })
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
    })
    asked.on('error', error =>
      reject(signal.aborted ? new Error(`nothing for ${ENDPOINT_TIMEOUT_MS / 1000} s`) : error),
    )
    asked.end(form.toString())
  })
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    // Its status says what matters; the text may be anything, a page of a proxy for example.
    return {}
  }
}

/** RFC 6749, 5.2: a code, and perhaps a sentence. Nothing else of the answer is shown. */
function errorOf({ error, error_description: description }: Record<string, unknown>): string {
  const parts = [error, description]
    .filter(part => typeof part === 'string')
    .map(part => (part as string).slice(0, 200))
  return parts.length === 0 ? '' : ` (${parts.join(': ')})`
}
