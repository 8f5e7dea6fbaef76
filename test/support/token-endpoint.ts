import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../src/clock.js'
import type { Certificate } from './certificates.js'

export interface TokenRequest {
  headers: Record<string, string | string[] | undefined>
  form: Record<string, string>
}

/**
 * An OAuth 2.0 token endpoint for client credentials (RFC 6749, 4.4) on loopback: gives unsigned tokens, which a broker
 * without a validator of its own takes.
 */
export class TokenEndpoint {
  readonly requests: TokenRequest[] = []
  /** Seconds that its tokens live. */
  lifeS = 300
  /** What it says the tokens are for. */
  subject = 'replicator'
  clientSecret: string
  private readonly server: Server

  private constructor(server: Server, clientSecret: string) {
    this.server = server
    this.clientSecret = clientSecret
  }

  static async start({ certificate, privateKey }: Certificate, clientSecret: string): Promise<TokenEndpoint> {
    const server = createServer({ cert: certificate, key: privateKey })
    const endpoint = new TokenEndpoint(server, clientSecret)
    server.on('request', (request, response) => {
      let body = ''
      request.on('data', text => {
        body += text
      })
      request.on('end', () => {
        const [status, answer] = endpoint.answer({ headers: request.headers, form: formOf(body) })
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return endpoint
  }

  get url(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}/oauth2/token`
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    this.server.close()
    await once(this.server, 'close')
  }

  private answer(request: TokenRequest): [status: number, body: object] {
    this.requests.push(request)
    const { authorization } = request.headers
    const basic =
      typeof authorization === 'string' ? Buffer.from(authorization.slice(6), 'base64').toString() : undefined
    const secret = basic === undefined ? request.form.client_secret : decodeURIComponent(basic.split(':')[1] ?? '')
    if (secret !== this.clientSecret) {
      return [401, { error: 'invalid_client', error_description: 'no such client, or a wrong secret' }]
    }
    const iat = Math.floor(systemClock.now() / 1000)
    const parts = [{ alg: 'none' }, { sub: this.subject, iat, exp: iat + this.lifeS, scope: request.form.scope ?? '' }]
    const token = `${parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
    return [200, { access_token: token, token_type: 'Bearer', expires_in: this.lifeS }]
  }
}

function formOf(body: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body))
}
