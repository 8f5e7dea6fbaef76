import { type Command, Option } from 'commander'
import type { RunOverrides } from '../replication/replicator-options.js'

/** The options that say how a replicator runs, as they were given. */
export interface RunOptions {
  connections?: string
  compression?: string
  metricsPort?: string
  cloudwatchMetrics?: string | true
  onTruncation?: 'stop' | 'skip'
  onTopicRecreated?: 'stop' | 'restart' | 'ignore'
  onPoison?: 'stop' | 'skip'
  repairProvenance?: boolean
  startOver?: boolean
  followResets?: boolean
  resumeCopying?: boolean
}

/** The option of each that only counts for an engine that runs. */
const FLAGS = {
  metricsPort: '--metrics-port',
  cloudwatchMetrics: '--cloudwatch-metrics',
  compression: '--compression',
  onTruncation: '--on-truncation',
  onTopicRecreated: '--on-topic-recreated',
  onPoison: '--on-poison',
  repairProvenance: '--repair-provenance',
  startOver: '--start-over',
  followResets: '--follow-resets',
  resumeCopying: '--resume-copying',
} as const

/** Adds the options that `run` and `create-replicator --run` share. */
export function addRunOptions(command: Command): void {
  const choice = (flags: string, what: string, choices: string[]) => new Option(flags, what).choices(choices)
  command
    .optionsGroup('Options that AWS does not have:')
    .option('--connections <file>', 'how to reach the clusters, and where secrets are: file://connections.json')
    .option('--metrics-port <port>', 'serve /metrics, /livez and /readyz on this loopback port')
    .option(
      '--cloudwatch-metrics [namespace]',
      'send the metrics of MSK Replicator to CloudWatch (default: KafkaReplicator)',
    )
    .addOption(choice('--compression <mode>', 'preserve: keep the codec of each batch', ['preserve']))
    .optionsGroup('When a partition cannot simply go on (default: it stops, the others go on):')
    .addOption(choice('--on-truncation <policy>', 'source records are gone before they were copied', ['stop', 'skip']))
    .addOption(
      choice('--on-topic-recreated <policy>', 'a topic was deleted and created again', ['stop', 'restart', 'ignore']),
    )
    .addOption(choice('--on-poison <policy>', 'records that the target never takes', ['stop', 'skip']))
    .option('--repair-provenance', 'trust a registry of provenance that was deleted, after filling it again')
    .option('--resume-copying', 'copy on though a failover has stopped it: what was left behind is copied too')
    .option('--start-over', 'copy again from the start although the notes of an earlier run are gone')
    .optionsGroup('Consumer groups:')
    .option(
      '--follow-resets',
      'when a group is reset on the source, move it back on the target too (default: it is told)',
    )
}

/** The first of the options given that only counts for an engine that runs. */
export function runOnlyFlag(given: RunOptions): string | undefined {
  const names = Object.keys(FLAGS) as (keyof typeof FLAGS)[]
  const name = names.find(name => given[name] !== undefined)
  return name && FLAGS[name]
}

/** What they change of a definition. */
export function overridesOf(given: RunOptions): RunOverrides {
  const { onTruncation, onTopicRecreated, onPoison, repairProvenance, startOver, followResets, resumeCopying } = given
  return {
    ...(given.compression === undefined ? {} : { compression: 'PRESERVE' }),
    obstacles: {
      ...(onTruncation === undefined ? {} : { onTruncation }),
      ...(onTopicRecreated === undefined ? {} : { onTopicRecreated }),
      ...(onPoison === undefined ? {} : { onPoison }),
    },
    ...(repairProvenance === undefined ? {} : { repairProvenance }),
    ...(startOver === undefined ? {} : { startOver }),
    ...(followResets === undefined ? {} : { followResets }),
    ...(resumeCopying === undefined ? {} : { resumeCopying }),
  }
}
