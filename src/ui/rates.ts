import type { ReplicatorSnapshot } from '../replication/snapshot.js'

/** Per second; null until there are two snapshots to compare. */
export interface Rates {
  bytes: number | null
  /** Records per second by source topic. */
  records: ReadonlyMap<string, number>
}

export const NO_RATES: Rates = { bytes: null, records: new Map() }

interface Sample {
  at: number
  bytes: number
  records: Map<string, number>
}

/** Long enough that one slow batch does not make the number dance, short enough to show a stall soon. */
const WINDOW_MS = 5_000

/** Rates from successive snapshots of one replicator, over the last few seconds. */
export class RateMeter {
  #samples: Sample[] = []

  observe(snapshot: ReplicatorSnapshot): Rates {
    const now = sampleOf(snapshot)
    const last = this.#samples.at(-1)
    // Totals that shrink mean that another engine counts now: what was before says nothing about it.
    if (last !== undefined && now.bytes < last.bytes) this.#samples = []
    if (last === undefined || now.at > last.at) this.#samples.push(now)
    while (this.#samples.length > 2 && now.at - (this.#samples[1]?.at ?? 0) >= WINDOW_MS) this.#samples.shift()
    const [first] = this.#samples
    return first === undefined || first.at >= now.at ? NO_RATES : between(first, now)
  }
}

function sampleOf(snapshot: ReplicatorSnapshot): Sample {
  const records = new Map<string, number>()
  for (const topic of snapshot.topics) {
    records.set(
      topic.sourceTopic,
      topic.partitions.reduce((sum, partition) => sum + partition.recordsCopied, 0),
    )
  }
  return { at: snapshot.at, bytes: snapshot.bytesCopied, records }
}

function between(first: Sample, now: Sample): Rates {
  const seconds = (now.at - first.at) / 1000
  const records = new Map<string, number>()
  for (const [topic, count] of now.records) {
    records.set(topic, Math.max(0, count - (first.records.get(topic) ?? 0)) / seconds)
  }
  return { bytes: (now.bytes - first.bytes) / seconds, records }
}
