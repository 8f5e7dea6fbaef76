import type { ReplicatorOptions } from '../../../src/replication/replicator-options.js'
import type { Random } from '../random.js'
import { type GroupsPlan, planGroups } from './groups/groups-plan.js'
import type { WorkloadShape } from './workload.js'

/** What a history is like; everything else is chance on the way. */
export interface Plan {
  /** Instances of the same replicator. */
  engines: number
  /** They start at the same moment. */
  together: boolean
  sourceBrokers: number
  targetBrokers: number
  topics: { name: string; partitions: number; configs: Record<string, string> }[]
  naming: 'prefixed' | 'identical'
  startAt: 'earliest' | 'latest'
  compression: ReplicatorOptions['compression']
  maxMessageBytes: number
  producerIdExpirationMs: number
  /** How often brokers look for producers to forget, beside the fault of that name; 0 for never. */
  expiryEveryMs: number
  describesProducers: boolean
  /** Whether the source speaks Fetch v13. */
  fetchesById: boolean
  /** Whether a start takes the process before it for dead; if not, it waits for a sign of life. */
  saysDead: boolean
  obstacles: ReplicatorOptions['obstacles']
  workload: WorkloadShape
  groups: GroupsPlan | undefined
  activeMs: number
  stepsBefore: number
  steps: number
  faults: number
}

export function makePlan(
  random: Random,
  { twins, overlap, without }: { twins: boolean; overlap: boolean; without: readonly string[] },
): Plan {
  const mayBeTwo = random.chance(0.12) && !without.includes('twins')
  const engines = twins || mayBeTwo ? 2 : 1
  // A backlog: all records are older than brokers remember their producers.
  const isBacklog = random.chance(0.25)
  const activeMs = random.between(3_000, 15_000)
  const compression = random.chance(0.15) ? random.pick(['GZIP', 'PRESERVE'] as const) : 'NONE'
  const maxMessageBytes = random.chance(0.25) ? random.between(250, 900) : 1_048_588
  // Compressed, a long record is not long any more.
  const hasPoison = maxMessageBytes < 1_000 && compression === 'NONE' && random.chance(0.3)
  const naming = random.pick(['prefixed', 'identical'] as const)
  return {
    engines,
    together: random.chance(0.5),
    sourceBrokers: random.between(1, 3),
    targetBrokers: random.between(1, 3),
    topics: Array.from({ length: random.between(1, 3) }, (_, n) => ({
      name: `topic${n}`,
      partitions: random.between(1, 3),
      configs: {
        ...(random.chance(0.35) ? { 'cleanup.policy': 'compact' } : {}),
        ...(random.chance(0.2) ? { 'message.timestamp.type': 'LogAppendTime' } : {}),
      },
    })),
    naming,
    startAt: random.chance(0.15) ? 'latest' : 'earliest',
    compression,
    maxMessageBytes,
    // A day in Kafka; minutes of a history stand for days.
    producerIdExpirationMs: random.chance(0.4) ? random.between(1_000, 4_000) : 86_400_000,
    expiryEveryMs: random.chance(isBacklog ? 0.5 : 0.05) ? random.between(2, 200) : 0,
    describesProducers: random.chance(0.8),
    fetchesById: random.chance(0.6),
    obstacles: {
      onTruncation: random.pick(['stop', 'skip']),
      onTopicRecreated: random.pick(['stop', 'restart', 'ignore']),
      onPoison: random.pick(['stop', 'skip']),
    },
    saysDead: engines === 1 ? random.chance(0.5) : overlap,
    workload: {
      newestMs: isBacklog ? 1.5 * 86_400_000 : 0,
      oldestMs: isBacklog || random.chance(0.1) ? 2 * 86_400_000 : 500,
      gzipChance: random.chance(0.15) ? 0.5 : 0,
      transactionChance: random.pick([0, 0.2, 0.6]),
      longestValue: 40,
      poisonBytes: hasPoison ? maxMessageBytes + 50 : 0,
    },
    groups: without.includes('groups') ? undefined : planGroups(random.fork(), naming, 0.25),
    activeMs,
    stepsBefore: random.between(0, 20),
    steps: random.between(8, 40),
    faults: random.chance(0.1) ? 0 : random.between(1, 14),
  }
}
