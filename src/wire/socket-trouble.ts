import { isIP } from 'node:net'
import { messageOf } from '../errors.js'
import { AccessError, ConnectionError } from './kafka-errors.js'
import type { BrokerEndpoint } from './open-socket.js'

const UNTRUSTED =
  'its certificate is signed by no authority that is trusted here: does RootCaCertificate hold the one that signed it?'

/** What Node and OpenSSL call a broker's certificate that must not be trusted. */
const UNTRUSTED_CODES = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
])

/** What a broker says (RFC 8446, 6.2) about the client's certificate; the text is OpenSSL's. */
const CLIENT_CERTIFICATE_ALERTS: readonly [alert: RegExp, meaning: string][] = [
  [/alert certificate required/, 'it asks for a client certificate (MTLS), and none is configured'],
  [
    /alert (bad certificate|handshake failure)/,
    'it refuses our client certificate, or asks for one (MTLS) where none is configured',
  ],
  [/alert (unknown ca|certificate unknown|unsupported certificate)/, 'it does not trust our client certificate'],
  [/alert certificate (expired|revoked)/, 'our client certificate is expired or revoked'],
  [/alert (protocol version|insufficient security)/, 'it has no TLS version or cipher in common with us'],
]

/**
 * What an error of a socket means, in words for who configured the connection: AccessError where the sides do not trust
 * each other, ConnectionError for everything else. `what` begins the sentence: `cannot connect to`.
 */
export function socketTrouble(error: Error, endpoint: BrokerEndpoint, what: string): ConnectionError {
  const where = `${endpoint.host}:${endpoint.port}`
  const refusal = accessTrouble(error as NodeJS.ErrnoException, endpoint)
  if (refusal !== undefined) return new AccessError(`${what} ${where}: ${refusal}`, { cause: error })
  const isCut = endpoint.tls !== undefined && messageOf(error).includes('before secure TLS connection')
  const why = isCut
    ? 'it closed the connection when TLS began: is this a listener without TLS?'
    : messageOf(error).trim()
  return new ConnectionError(`${what} ${where}: ${why}`, { cause: error })
}

function accessTrouble(error: NodeJS.ErrnoException, { host }: BrokerEndpoint): string | undefined {
  const { code = '' } = error
  if (UNTRUSTED_CODES.has(code)) return UNTRUSTED
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired'
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet: is the clock here right?'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const kind = isIP(host) ? 'address' : 'host name'
    const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname
    return `its certificate is not for the ${kind} "${host}"${names ? `, but for ${names}` : ''}`
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code)) return 'it does not speak TLS'
  const text = messageOf(error)
  return CLIENT_CERTIFICATE_ALERTS.find(([alert]) => alert.test(text))?.[1]
}
