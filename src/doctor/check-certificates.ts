import type { PeerChain } from '../wire/peer-certificates.js'
import { certificatesCommand } from './commands.js'
import type { ClusterFacts } from './facts.js'
import { counted, type Finding, findingsOf } from './finding.js'

/** A new certificate takes its owner days; most authorities remind a month before. */
const WARN_DAYS = 30
const DAY_MS = 24 * 60 * 60 * 1000

/** Are the brokers' certificates trusted, for the hosts that we call, and for how long? `now` in milliseconds. */
export function checkCertificates({ alias, chains, side }: ClusterFacts, now: number): Finding[] {
  const say = findingsOf('certificates', side)
  if (chains === undefined) {
    return [say.ok(`${alias} is reached without TLS, as configured: records cross the network as they are`)]
  }
  return chains.map(({ address, chain }) => {
    if (chain.value === undefined) {
      const fix = certificatesCommand(address)
      return say.unknown(`${address}: ${chain.problem}`, 'what it shows cannot be judged', fix)
    }
    return judgeChain(address, chain.value, now, say)
  })
}

function judgeChain(address: string, chain: PeerChain, now: number, say: ReturnType<typeof findingsOf>): Finding {
  const { certificates, distrust, protocol } = chain
  const [own] = certificates
  if (distrust !== undefined) {
    const issuer = own === undefined ? '' : ` (issued by ${own.issuer}, for ${own.hosts || own.subject})`
    const why = 'an engine connects to no broker whose certificate it cannot verify, and no switch changes that'
    return say.error(`${distrust}${issuer}`, why, fixOf(distrust, address))
  }
  const first = certificates.reduce((a, b) => (b.validTo < a.validTo ? b : a), own ?? NEVER)
  const days = Math.floor((first.validTo - now) / DAY_MS)
  const until = Number.isFinite(first.validTo) ? new Date(first.validTo).toISOString().slice(0, 10) : 'an unknown day'
  const what = `${address}: ${protocol}, issued by ${own?.issuer ?? '?'}, valid until ${until}`
  if (days >= WARN_DAYS || !Number.isFinite(days)) return say.ok(what)
  const fix = `Renew the certificate of ${first.subject}; engines take a new one at their next connection.`
  return say.warning(
    `${what}, in ${counted(days, 'day')}`,
    'from then on no connection is made, and copying stops',
    fix,
  )
}

const NEVER = { subject: '', issuer: '', validFrom: Number.NaN, validTo: Number.NaN, hosts: '' }

function fixOf(distrust: string, address: string): string {
  if (distrust.includes('expired')) return `Renew the certificate of ${address}.`
  if (distrust.includes('not valid yet')) return 'timedatectl status   # the clock here, and the one of who issued it'
  if (distrust.includes('is not for the')) return 'Name the broker in BootstrapBrokerString as its certificate does.'
  return `${certificatesCommand(address)}   # put the authority that signed it into the secret RootCaCertificate`
}
