/** The brokers of a bootstrap string, or what is wrong with it (a clause without its subject). */
export type BootstrapBrokers = { ok: true; brokers: string[] } | { ok: false; reason: string }

/** A bootstrap string names a few brokers to begin with; a cluster has at most a few hundred. */
const MAX_BROKERS = 100

/** Splits `host:port,host:port` and checks each; an IPv6 address stands in brackets. */
export function splitBootstrapString(text: string): BootstrapBrokers {
  if (text.trim() === '') return { ok: false, reason: 'is empty' }
  const brokers = text.split(',').map(broker => broker.trim())
  if (brokers.length > MAX_BROKERS) return { ok: false, reason: `names more than ${MAX_BROKERS} brokers` }
  for (const broker of brokers) {
    const reason = wrongWith(broker)
    if (reason !== undefined) return { ok: false, reason }
  }
  return { ok: true, brokers: [...new Set(brokers)] }
}

/** Whether every broker is on this machine. */
export function allLoopback(brokers: readonly string[]): boolean {
  return brokers.every(broker => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]):/i.test(broker))
}

function wrongWith(broker: string): string | undefined {
  // What stands before an @ may be a password: such a text is never shown again.
  if (broker.includes('@')) return 'holds an "@": a login belongs into ClientAuthentication'
  const shown = JSON.stringify(broker.slice(0, 100))
  if (broker === '') return 'has an empty entry: is there a comma too many?'
  if (broker.includes('://')) return `has the entry ${shown}: write host:port without a protocol`
  const match = /^(?:\[([0-9A-Fa-f:.%a-z]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(broker)
  if (match === null) {
    const ipv6 = (broker.match(/:/g)?.length ?? 0) > 1 && !broker.startsWith('[')
    return `has the entry ${shown}: ${ipv6 ? 'write an IPv6 address in brackets, [::1]:9092' : 'write host:port'}`
  }
  if (match[2] !== undefined && !/^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?\.?$/.test(match[2])) {
    return `has the entry ${shown}: this is not a host name`
  }
  const port = Number(match[3])
  return port >= 1 && port <= 65_535 ? undefined : `has the entry ${shown}: a port is between 1 and 65535`
}
