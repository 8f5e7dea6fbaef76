import type { Mechanism } from 'kafkajs'

const SEPARATOR = '\u0001'

/**
 * The SASL mechanism OAUTHBEARER (RFC 7628, extensions by KIP-342). kafkajs has it too, but takes the broker's
 * objection to a token for success: that is an answer without an error code, and only the next request fails.
 */
export function oauthBearer(token: string, extensions: Readonly<Record<string, string>>): Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      authenticate: async () => {
        const objection = await saslAuthenticate(step(firstMessage(token, extensions)))
        if (!objection) return
        // The exchange ends with this; the broker's last word is an error with no more in it than its objection.
        await saslAuthenticate(step(SEPARATOR)).catch(() => {})
        throw new Error(`it does not take the token (${objection})`)
      },
    }),
  }
}

/** `client-resp` of RFC 7628, 3.1: a header without names, then pairs between separators. */
function firstMessage(token: string, extensions: Readonly<Record<string, string>>): string {
  const pairs = Object.entries({ auth: `Bearer ${token}`, ...extensions }).map(([key, value]) => `${key}=${value}`)
  return ['n,,', ...pairs, '', ''].join(SEPARATOR)
}

/** kafkajs hands over BYTES on both ways: a length of four bytes, then the text. */
function step(text: string) {
  const body = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return {
    request: { encode: () => Buffer.concat([length, body]) },
    response: { decode: (bytes: Buffer) => bytes.subarray(4), parse: (bytes: Buffer) => bytes.toString() },
  }
}
