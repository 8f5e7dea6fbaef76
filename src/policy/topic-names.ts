/**
 * What a source topic is called on the target: the same, or with the source's alias in front, as MSK Replicator and
 * MirrorMaker 2 do it (`<alias>.<topic>`).
 */
export function targetTopicName(sourceTopic: string, naming: 'prefixed' | 'identical', sourceAlias: string): string {
  return naming === 'identical' ? sourceTopic : `${sourceAlias}.${sourceTopic}`
}

/** Kafka: `Topic.MAX_NAME_LENGTH`. */
const MAX_NAME_LENGTH = 249

/** Why a name cannot be a topic's, or undefined where it can. */
export function topicNameFault(name: string): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return `is ${name.length} characters long, Kafka allows ${MAX_NAME_LENGTH}`
  if (name === '.' || name === '..') return 'is a name that Kafka forbids'
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return 'has characters other than letters, digits, ".", "_" and "-"'
  return undefined
}
