import type { ClusterFacts } from './facts.js'

/** Ready-made commands of Kafka's own tools. Names are quoted for a shell. */

type Owner = Pick<ClusterFacts, 'bootstrap' | 'isSecured' | 'principal'>

/** Gives us rights: `resources` as options, such as `--topic 'orders'` or `--cluster`. */
export function allowCommand(owner: Owner, operations: readonly string[], resources: readonly string[]): string {
  // A token's or a role's name is what its issuer says, which is not known here.
  const principal = owner.principal.startsWith('User:') ? owner.principal : 'User:<as the brokers call it>'
  const rights = operations.map(operation => `--operation ${operation}`).join(' ')
  return `${tool('kafka-acls.sh', owner)} --add --allow-principal ${quoted(principal)} ${rights} ${resources.join(' ')}`
}

/** Sets a configuration of a topic. */
export function configureCommand(owner: Owner, topic: string, name: string, value: string): string {
  return `${tool('kafka-configs.sh', owner)} --alter --topic ${quoted(topic)} --add-config ${quoted(`${name}=${value}`)}`
}

/** Raises the partitions of a topic. */
export function growCommand(owner: Owner, topic: string, partitions: number): string {
  return `${tool('kafka-topics.sh', owner)} --alter --topic ${quoted(topic)} --partitions ${partitions}`
}

/** Shows the members of a group. */
export function membersCommand(owner: Owner, group: string): string {
  return `${tool('kafka-consumer-groups.sh', owner)} --describe --members --group ${quoted(group)}`
}

/** Shows the quotas of a cluster. */
export function quotasCommand(owner: Owner): string {
  return `${tool('kafka-configs.sh', owner)} --describe --entity-type users --entity-type clients`
}

/** Asks a broker which versions it speaks: the least that shows whether it is there. */
export function reachCommand(address: string): string {
  const colon = address.lastIndexOf(':')
  return `nc -vz ${quoted(address.slice(0, colon).replace(/^\[|\]$/g, ''))} ${address.slice(colon + 1)}`
}

/** Shows a broker's certificates. */
export function certificatesCommand(address: string): string {
  return `openssl s_client -connect ${quoted(address)} -showcerts </dev/null`
}

function tool(name: string, { bootstrap, isSecured }: Owner): string {
  return `${name} --bootstrap-server ${quoted(bootstrap)}${isSecured ? ' --command-config admin.properties' : ''}`
}

/** In single quotes where a shell could read anything else into it. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_.:@%+=/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
