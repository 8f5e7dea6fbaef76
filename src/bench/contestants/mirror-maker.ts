import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kafkaJars } from '../../local-kafka/jars.js'
import type { Properties } from '../../local-kafka/server-properties.js'
import { formatProperties } from '../../local-kafka/server-properties.js'
import type { EndOffsets } from '../measure/end-offsets.js'
import type { Contestant, Job } from './contestant.js'
import { ContestantProcess } from './contestant-process.js'
import { kafkaRunning } from './kafka-running.js'

const LOG_CONFIG = fileURLToPath(new URL('../../local-kafka/log4j2.properties', import.meta.url))

/** What Kafka's own connect-mirror-maker.sh and kafka-run-class.sh give the JVM. */
const JVM_OPTIONS = [
  '-Xms256M',
  '-Xmx2G',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-Djava.awt.headless=true',
]

const COMMON =
  'dedicated mode, -Xms256M -Xmx2G as its own start script, IdentityReplicationPolicy, heartbeats (and with them a second worker) and ACLs off, checkpoints on as by default, target codec as asked'

/** What a job with groups adds, for the report. */
export const GROUP_SETTINGS =
  'sync.group.offsets.enabled; groups looked for, checkpoints made and offsets written every second instead of 600, 60 and 60'

/** What is asked of a setting beyond the job itself; consumer reads the source, producer writes the target. */
interface Setting {
  name: string
  settings: string
  tasksMax: number
  consumer: Properties
  producer: Properties
}

const SETTINGS: readonly Setting[] = [
  {
    name: 'mm2-defaults',
    settings: `MirrorMaker 2, ${COMMON}; nothing tuned (tasks.max 1, batch.size 16384, linger.ms 5 as in Kafka 4)`,
    tasksMax: 1,
    consumer: {},
    producer: {},
  },
  {
    name: 'mm2-tuned',
    settings: `MirrorMaker 2, ${COMMON}; tasks.max 4, batch.size 327680, linger.ms 5, max.request.size 4 MiB, max.poll.records 5000, max.partition.fetch.bytes 4 MiB`,
    tasksMax: 4,
    // Without them a poll brings 500 records and the larger producer batches are rarely full.
    consumer: { 'max.poll.records': '5000', 'max.partition.fetch.bytes': String(4 * 1024 * 1024) },
    producer: { 'batch.size': '327680', 'linger.ms': '5', 'max.request.size': String(4 * 1024 * 1024) },
  },
]

/** MirrorMaker 2 from the jars of the brokers, once as it comes and once tuned. */
export function mirrorMakers(targetOffsets: EndOffsets): Contestant[] {
  return SETTINGS.map(setting => ({
    name: setting.name,
    settings: setting.settings,
    movesRecords: true,
    start: async job => {
      const file = join(job.folder, 'mm2.properties')
      await writeFile(file, formatProperties(mirrorMakerProperties(job, setting)))
      const { classPath } = await kafkaJars('4.2.0')
      const process = await ContestantProcess.start({
        command: 'java',
        args: [
          ...JVM_OPTIONS,
          `-Dlog4j2.configurationFile=${LOG_CONFIG}`,
          '-cp',
          classPath,
          'org.apache.kafka.connect.mirror.MirrorMaker',
          file,
        ],
        logFile: join(job.folder, 'mm2.log'),
      })
      return kafkaRunning(process, job, targetOffsets)
    },
  }))
}

/** Own aliases for each run: its offsets and internal topics are then new ones. */
function mirrorMakerProperties(job: Job, { tasksMax, consumer, producer }: Setting): Properties {
  const [source, target] = [`source-${job.id}`, `target-${job.id}`]
  // One broker each: nothing can have more than one replica.
  const internalTopics = [
    'config.storage',
    'offset.storage',
    'status.storage',
    'offset-syncs.topic',
    'checkpoints.topic',
    // Made though no heartbeats are sent.
    'heartbeats.topic',
  ]
  return {
    clusters: `${source}, ${target}`,
    [`${source}.bootstrap.servers`]: job.source.bootstrapServers,
    [`${target}.bootstrap.servers`]: job.target.bootstrapServers,
    [`${source}->${target}.enabled`]: 'true',
    [`${source}->${target}.topics`]: `${job.backlog.topic}, ${job.liveTopic}`,
    'replication.policy.class': 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy',
    'replication.factor': '1',
    ...Object.fromEntries(internalTopics.map(topic => [`${topic}.replication.factor`, '1'])),
    'emit.heartbeats.enabled': 'false',
    'sync.topic.acls.enabled': 'false',
    ...(job.groups === undefined ? {} : groupProperties(job.groups)),
    'tasks.max': String(tasksMax),
    ...prefixed(`${source}.consumer.`, consumer),
    // The codec is part of the job, as our TargetCompressionType is: the copies must have it.
    ...prefixed(`${target}.producer.`, { 'compression.type': job.codec, ...producer }),
  }
}

/** Its defaults are 10 minutes and twice one: it would be a matter of waiting, and not of what it knows. */
function groupProperties(groups: readonly string[]): Properties {
  return {
    groups: groups.join(', '),
    'sync.group.offsets.enabled': 'true',
    'refresh.groups.interval.seconds': '1',
    'emit.checkpoints.interval.seconds': '1',
    'sync.group.offsets.interval.seconds': '1',
  }
}

function prefixed(prefix: string, properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${prefix}${key}`, value]))
}
