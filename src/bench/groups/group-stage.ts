import { mkdir } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../clock.js'
import { Cluster } from '../../clusters/cluster.js'
import { ConsumerGroups } from '../../clusters/consumer-groups.js'
import { waitUntil } from '../../local-kafka/wait-until.js'
import type { ClusterAddress } from '../contestants/contestant.js'
import type { Side } from '../stage.js'

/** What every measurement of groups works with. */
export interface GroupStage {
  source: Side
  target: Side
  /** Each process gets a folder in it. */
  folder: string
  clock: Clock
  say: (text: string) => void
}

/** A million records take a contestant half a minute; the machine may do other things, too. */
const COPY_TIMEOUT_MS = 600_000
const COPY_POLL_MS = 100

/** How busy the machine was in the last minute (1 is one core): figures of a busy one say little. */
export function loadOfLastMinute(): number {
  return loadavg()[0] ?? 0
}

/** A folder for one process. */
export async function newFolder({ folder }: GroupStage, name: string): Promise<string> {
  const path = join(folder, name)
  await mkdir(path)
  return path
}

/** Small records, so that there may be many; each value is there once. */
export async function fillTopic({ source }: GroupStage, topic: string, records: number): Promise<void> {
  await source.client.createTopic(topic, 1)
  await source.client.load({ topic, partitions: 1, records, recordSize: 100 })
}

/** @throws Error when the contestant ends, or has not copied all after 10 minutes. */
export async function untilCopied(
  { target, clock }: GroupStage,
  contestant: { endedBecause(): Promise<string | undefined> },
  topics: readonly string[],
  recordsPerTopic: number,
): Promise<void> {
  const isCopied = async () => {
    const reason = await contestant.endedBecause()
    if (reason !== undefined) throw new Error(reason)
    const sums = await Promise.all(topics.map(topic => target.offsets.sum(topic, 1)))
    return sums.every(sum => (sum ?? 0) >= recordsPerTopic) ? true : undefined
  }
  if (await waitUntil(isCopied, { timeoutMs: COPY_TIMEOUT_MS, intervalMs: COPY_POLL_MS, clock })) return
  throw new Error(`not all records were copied within ${COPY_TIMEOUT_MS / 1000} s`)
}

/** Both logs hold the same records at the same offsets, each read whole by the outside client. */
export async function areEqual({ source, target }: GroupStage, topic: string): Promise<boolean> {
  return isDeepStrictEqual(await source.client.digest(topic), await target.client.digest(topic))
}

/** Asks and commits over connections that stay open: a look takes a millisecond or two. */
export async function withGroups<Result>(
  { address, clock }: { address: ClusterAddress; clock: Clock },
  work: (groups: ConsumerGroups) => Promise<Result>,
): Promise<Result> {
  const { clusterId, bootstrapServers } = address
  const cluster = new Cluster({
    ...{ alias: 'bench', reference: clusterId, expectedClusterId: clusterId, bootstrapBrokers: [bootstrapServers] },
  })
  const groups = new ConsumerGroups(cluster, clock)
  try {
    await cluster.connect()
    return await work(groups)
  } finally {
    groups.close()
    await cluster.close()
  }
}
