import { connect, type DetailedPeerCertificate, type ConnectionOptions as TlsOptions } from 'node:tls'
import { socketTrouble } from './socket-trouble.js'

/** One certificate of a broker's chain. */
export interface PeerCertificate {
  subject: string
  issuer: string
  /** Milliseconds since the epoch. */
  validFrom: number
  validTo: number
  /** The hosts it is for; the broker's own certificate only. */
  hosts: string
}

/** A broker's chain, its own certificate first, and the word of the verification about it. */
export interface PeerChain {
  protocol: string
  certificates: PeerCertificate[]
  /** Why the chain is not trusted, in words; undefined where it is. */
  distrust: string | undefined
}

/** A chain has three or four; this ends one that signs itself in a circle. */
const CERTIFICATES_MAX = 10

/**
 * Shakes hands with a broker and answers its certificates, also those that must not be trusted, so that they can be named.
 * Therefore nothing is sent on the connection, no certificate of ours is shown, and it is closed at once.
 * Rejects with ConnectionError where there is no handshake, and when the signal aborts.
 */
export function peerCertificates(
  endpoint: { host: string; port: number; tls: Pick<TlsOptions, 'ca'> },
  signal: AbortSignal,
): Promise<PeerChain> {
  const { host, port, tls } = endpoint
  return new Promise((resolve, reject) => {
    const ca = tls.ca === undefined ? {} : { ca: tls.ca }
    const socket = connect({ ...ca, host, port, rejectUnauthorized: false })
    const give = () => socket.destroy(new Error('no TLS handshake in time'))
    signal.addEventListener('abort', give, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', give))
    socket.on('error', error => reject(socketTrouble(error, { host, port, tls }, 'cannot connect to')))
    socket.once('secureConnect', () => {
      const error = socket.authorized ? undefined : socket.authorizationError
      // Node says the code alone for some, and the error for others.
      const cause = typeof error === 'string' ? Object.assign(new Error(error), { code: error }) : error
      resolve({
        protocol: socket.getProtocol() ?? 'TLS',
        certificates: chainOf(socket.getPeerCertificate(true)),
        distrust: cause && socketTrouble(cause, { host, port, tls }, 'cannot connect to').message,
      })
      socket.destroy()
    })
  })
}

function chainOf(own: DetailedPeerCertificate): PeerCertificate[] {
  const chain: PeerCertificate[] = []
  let certificate: DetailedPeerCertificate | undefined = own
  while (certificate?.raw !== undefined && chain.length < CERTIFICATES_MAX) {
    chain.push({
      subject: nameOf(certificate.subject),
      issuer: nameOf(certificate.issuer),
      validFrom: Date.parse(certificate.valid_from),
      validTo: Date.parse(certificate.valid_to),
      hosts: certificate.subjectaltname ?? '',
    })
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate
    certificate = issuer === certificate ? undefined : issuer
  }
  return chain
}

/** The part of a distinguished name that people know it by. */
function nameOf(name: Record<string, string | string[] | undefined>): string {
  const text = name.CN ?? name.O ?? Object.values(name)[0] ?? ''
  return Array.isArray(text) ? text.join(', ') : text
}
