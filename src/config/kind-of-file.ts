import type { JsonValue } from './json-tree.js'

/** The files that `validate` knows. */
export const FILE_KINDS = [
  'kafka-clusters',
  'replication-info',
  'log-delivery',
  'connections',
  'create-replicator',
] as const
export type FileKind = (typeof FILE_KINDS)[number]

/** Keys that only files of a kind have, in the letters' lower case: `amazonMskCluster` is a typo, not another kind. */
const TELLING_KEYS: Record<FileKind, readonly string[]> = {
  'kafka-clusters': [
    'amazonmskcluster',
    'apachekafkacluster',
    'vpcconfig',
    'clientauthentication',
    'encryptionintransit',
  ],
  'replication-info': [
    'consumergroupreplication',
    'topicreplication',
    'targetcompressiontype',
    'sourcekafkaclusterarn',
    'sourcekafkaclusterid',
    'targetkafkaclusterarn',
    'targetkafkaclusterid',
  ],
  'log-delivery': ['replicatorlogdelivery', 'brokerlogs', 'cloudwatchlogs', 'firehose', 's3'],
  connections: ['clusters', 'secrets'],
  'create-replicator': [
    'kafkaclusters',
    'replicationinfolist',
    'replicatorname',
    'serviceexecutionrolearn',
    'logdelivery',
  ],
}

/** Finds what a file is from the keys it has, and from its name when they tell nothing. */
export function kindOfFile(value: JsonValue, file: string): FileKind | undefined {
  const keys = keysOf(value)
  let best: FileKind | undefined
  let most = 0
  for (const kind of FILE_KINDS) {
    const found = keys.filter(key => TELLING_KEYS[kind].includes(key)).length
    if (found > most) {
      best = kind
      most = found
    }
  }
  return best ?? kindOfName(file, value)
}

function keysOf(value: JsonValue): string[] {
  const objects = Array.isArray(value) ? value.slice(0, 10) : [value]
  const keys = objects.flatMap(item =>
    typeof item === 'object' && item !== null && !Array.isArray(item) ? Object.keys(item) : [],
  )
  return keys.map(key => key.toLowerCase())
}

function kindOfName(file: string, value: JsonValue): FileKind | undefined {
  const name = file.split(/[/\\]/).at(-1) ?? ''
  const kind = FILE_KINDS.find(candidate => name.includes(candidate))
  // A text or a number is none of them, whatever its file is called.
  return typeof value === 'object' && value !== null ? kind : undefined
}
