import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OAuthLogin } from '../../src/clusters/connection-options.js'
import { forgetToken, oauthToken } from '../../src/clusters/oauth-token.js'
import { TestAuthority } from '../support/certificates.js'
import { TokenEndpoint } from '../support/token-endpoint.js'

let authority: TestAuthority
let endpoint: TokenEndpoint

beforeAll(async () => {
  authority = await TestAuthority.create('Test Authority')
  const hosts = [{ type: 'dns', value: 'localhost' } as const]
  endpoint = await TokenEndpoint.start(await authority.issue({ name: 'tokens', hosts }), 'se:cr et/ä')
})
afterAll(() => endpoint.close())

function login(more: Partial<OAuthLogin> = {}): OAuthLogin {
  return {
    kind: 'oauth',
    tokenEndpointUrl: endpoint.url,
    clientId: 'client',
    clientSecret: 'se:cr et/ä',
    method: 'BASIC',
    scope: undefined,
    ca: authority.certificate,
    parameters: {},
    headers: {},
    extensions: {},
    ...more,
  }
}

async function askedFor(given: OAuthLogin) {
  const before = endpoint.requests.length
  await oauthToken(given)
  return endpoint.requests.slice(before)
}

describe('a token is asked for', () => {
  test('with the secret in the header, encoded, and not in the form', async () => {
    const [asked] = await askedFor(login())
    expect(asked?.form).toEqual({ grant_type: 'client_credentials' })
  })

  test('with the secret in the form, and what else the secret holds', async () => {
    const more = { method: 'POST', parameters: { audience: 'kafka' }, headers: { 'x-tenant': 't' } } as const
    const [asked] = await askedFor(login(more))
    const client = { client_id: 'client', client_secret: 'se:cr et/ä' }
    expect(asked?.form).toEqual({ grant_type: 'client_credentials', audience: 'kafka', ...client })
    expect(asked?.headers).toMatchObject({ 'x-tenant': 't' })
    expect(asked?.headers.authorization).toBeUndefined()
  })

  test('once, by many at a time and for most of its life; again when the broker has refused it', async () => {
    const one = login()
    const before = endpoint.requests.length
    await Promise.all([oauthToken(one), oauthToken(one), oauthToken(one)])
    await oauthToken(one)
    expect(endpoint.requests.length - before).toBe(1)
    forgetToken(one)
    await oauthToken(one)
    expect(endpoint.requests.length - before).toBe(2)
  })

  test('again when little of its life is left', async () => {
    endpoint.lifeS = 0.001
    const one = login()
    const before = endpoint.requests.length
    await oauthToken(one)
    await new Promise(resolve => setImmediate(resolve))
    await oauthToken(one)
    endpoint.lifeS = 300
    expect(endpoint.requests.length - before).toBe(2)
  })
})

describe('an error names the endpoint, never the secret:', () => {
  test.each<[string, () => Partial<OAuthLogin>, RegExp]>([
    [
      'a wrong secret',
      () => ({ clientSecret: 'guessed' }),
      /^the token endpoint https:\/\/localhost:\d+\/oauth2\/token answers 401 \(invalid_client: no such client, or a wrong secret\)$/,
    ],
    [
      'an authority that is not trusted',
      () => ({ ca: undefined }),
      /does not answer: .*(unable to verify|self.signed|issuer)/,
    ],
    [
      'another host',
      () => ({ tokenEndpointUrl: endpoint.url.replace('localhost', '127.0.0.1') }),
      /does not answer: .*altnames/,
    ],
    [
      'a port where nobody listens',
      () => ({ tokenEndpointUrl: 'https://localhost:1/token' }),
      /localhost:1\/token does not answer/,
    ],
  ])('%s', async (_, more, message) => {
    const error = await oauthToken(login(more())).catch(thrown => thrown)
    expect(error.message).toMatch(message)
    expect(error.message).not.toMatch(/guessed|se:cr/)
  })
})
