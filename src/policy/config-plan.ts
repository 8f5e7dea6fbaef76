/**
 * Topic configurations that stay what they are on the target: they name brokers of one cluster, or say how *this*
 * cluster keeps data safe, or switch storage that the other side may not have. The first six are MirrorMaker 2's list
 * (`config.properties.exclude`); then come the successors of one of them, which would refuse old records; two about the
 * format on disk, which Kafka 4 refuses to know; and tiered storage, which MSK does not copy either.
 */
const NOT_COPIED = new Set([
  'follower.replication.throttled.replicas',
  'leader.replication.throttled.replicas',
  'message.timestamp.difference.max.ms',
  'message.timestamp.type',
  'unclean.leader.election.enable',
  'min.insync.replicas',
  'message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms',
  'message.format.version',
  'message.downconversion.enable',
  'remote.storage.enable',
  'local.retention.ms',
  'local.retention.bytes',
  'remote.log.copy.disable',
  'remote.log.delete.on.disable',
])

/** Whether a topic configuration travels to the target. */
export function isCopiedConfig(name: string): boolean {
  return !NOT_COPIED.has(name)
}

/**
 * The changes that make the target's overrides those of the source: set what differs, remove what the source does not
 * override. Both maps hold only what is set on the topic itself, so broker defaults of either side never travel.
 */
export function planConfigs(
  source: ReadonlyMap<string, string>,
  target: ReadonlyMap<string, string>,
): { name: string; value: string | null }[] {
  const set = [...source]
    .filter(([name, value]) => isCopiedConfig(name) && target.get(name) !== value)
    .map(([name, value]) => ({ name, value }))
  const remove = [...target.keys()]
    .filter(name => isCopiedConfig(name) && !source.has(name))
    .map(name => ({ name, value: null }))
  return [...set, ...remove]
}
