import { reachCommand } from './commands.js'
import type { BrokerFacts, ClusterFacts } from './facts.js'
import { type Finding, findingsOf, listed } from './finding.js'

/** Is each broker reached, and are we let in? */
export function checkBrokers({ alias, brokers, metadata, side }: ClusterFacts): Finding[] {
  const say = findingsOf('brokers', side)
  const answering = brokers.filter(({ versions }) => versions.problem === null)
  const good = [...new Set(answering.map(({ address }) => address))]
  const findings = good.length === 0 ? [] : [say.ok(`${listed(good)} of ${alias}: reached and logged in`)]
  const isReached = metadata.problem === null
  for (const broker of brokers) {
    if (broker.versions.problem === null) continue
    const what = `${broker.address} of ${alias}: ${broker.versions.problem}`
    findings.push(
      // Others of the list stand in for one that is only the first to be asked.
      broker.role === 'bootstrap' && isReached && !broker.isRefused
        ? say.warning(what, 'if the others are down when an engine starts, it does not find the cluster', fixOf(broker))
        : say.error(what, whyOf(broker, isReached), fixOf(broker)),
    )
  }
  if (!isReached && good.length > 0) {
    const fix = `Look into the logs of ${good[0]}: it lets us in and then does not say what there is.`
    findings.push(say.error(`${alias} does not answer: ${metadata.problem}`, NOTHING, fix))
  }
  return findings
}

const NOTHING = 'without an answer nothing of this cluster can be copied or checked'

function whyOf({ role, isRefused }: BrokerFacts, isReached: boolean): string {
  if (isRefused) return 'who is not let in can copy nothing; the checks behind this one are unknown'
  if (role === 'bootstrap' || !isReached) return NOTHING
  return 'partitions that this broker leads cannot be copied: an engine goes where the cluster sends it'
}

function fixOf({ address, fix, isRefused, role }: BrokerFacts): string {
  if (fix !== undefined) return fix
  if (isRefused)
    return 'Check the secrets that ClientAuthentication and RootCaCertificate name, and that the port is theirs.'
  if (role === 'advertised') {
    return `${reachCommand(address)}   # name, routing and firewall; or correct advertised.listeners of that broker`
  }
  return `${reachCommand(address)}   # or take it out of BootstrapBrokerString`
}
