import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EndOffsets } from '../measure/end-offsets.js'
import type { ClusterAddress, Codec, Contestant, Job } from './contestant.js'
import { ContestantProcess } from './contestant-process.js'
import { kafkaRunning } from './kafka-running.js'

const BIN = fileURLToPath(new URL('../../../bin/kafka-replicator.js', import.meta.url))
const ROLE = 'arn:aws:iam::123456789012:role/bench'
const TARGET_COMPRESSION: Record<Codec, string> = { none: 'NONE', lz4: 'LZ4' }

/** `kafka-replicator run` with the three files, as a user types it. */
export function ours(targetOffsets: EndOffsets, options: ProfileOptions = {}): Contestant {
  return {
    name: 'ours',
    settings: 'kafka-replicator run, IDENTICAL names, EARLIEST, TargetCompressionType NONE or LZ4; nothing tuned',
    movesRecords: true,
    start: async job => {
      const process_ = await startOurs({ ...job, topics: [job.backlog.topic, job.liveTopic] }, options)
      return kafkaRunning(process_, job, targetOffsets)
    },
  }
}

interface ProfileOptions {
  cpuProfileFolder?: string | undefined
}

/** What our process is to do. */
export interface OurJob extends Pick<Job, 'id' | 'codec' | 'source' | 'target' | 'folder' | 'groups'> {
  /** Patterns. */
  topics: readonly string[]
  /** Where it serves `/readyz`; undefined for not at all. */
  metricsPort?: number
}

/** Starts our command line as a process of its own. */
export async function startOurs(job: OurJob, { cpuProfileFolder }: ProfileOptions = {}): Promise<ContestantProcess> {
  const nodeOptions = cpuProfileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfileFolder}`]
  const files = await writeFiles(job)
  return ContestantProcess.start({
    command: process.execPath,
    args: [...nodeOptions, BIN, ...runArguments(job, files)],
    logFile: join(job.folder, 'ours.log'),
    env: { KAFKA_REPLICATOR_HOME: join(job.folder, 'home') },
  })
}

interface Files {
  clusters: string
  replication: string
}

async function writeFiles(job: OurJob): Promise<Files> {
  const files = {
    clusters: join(job.folder, 'kafka-clusters.json'),
    replication: join(job.folder, 'replication-info.json'),
  }
  await writeFile(files.clusters, JSON.stringify([clusterEntry(job.source), clusterEntry(job.target)]))
  await writeFile(files.replication, JSON.stringify([replicationEntry(job)]))
  return files
}

function clusterEntry({ clusterId, bootstrapServers }: ClusterAddress): object {
  return { ApacheKafkaCluster: { ApacheKafkaClusterId: clusterId, BootstrapBrokerString: bootstrapServers } }
}

function replicationEntry(job: OurJob): object {
  return {
    SourceKafkaClusterId: job.source.clusterId,
    TargetKafkaClusterId: job.target.clusterId,
    TargetCompressionType: TARGET_COMPRESSION[job.codec],
    TopicReplication: {
      TopicsToReplicate: job.topics,
      TopicNameConfiguration: { Type: 'IDENTICAL' },
      StartingPosition: { Type: 'EARLIEST' },
      CopyTopicConfigurations: true,
      CopyAccessControlListsForTopics: false,
      DetectAndCopyNewTopics: true,
    },
    ConsumerGroupReplication: { ConsumerGroupsToReplicate: job.groups ?? [] },
  }
}

function runArguments({ id, metricsPort }: OurJob, { clusters, replication }: Files): string[] {
  return [
    'run',
    '--replicator-name',
    id,
    '--service-execution-role-arn',
    ROLE,
    '--kafka-clusters',
    `file://${clusters}`,
    '--replication-info-list',
    `file://${replication}`,
    ...(metricsPort === undefined ? [] : ['--metrics-port', String(metricsPort)]),
  ]
}
