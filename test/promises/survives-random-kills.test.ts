import { randomInt, randomUUID } from 'node:crypto'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { EngineProcess } from '../support/engine-process.js'
import { optionsFor, startReplicator } from '../support/start-replicator.js'
import { contentOf, startTwoClusters, type TwoClusters, uncommittedCounts } from '../support/two-clusters.js'

/**
 * **no-loss, no-duplicate** at any instant: SIGKILL to the engine at random moments of its life, also while it starts,
 * and to both brokers, under a load with transactions, some of them aborted. `npm run soak` does it for much longer.
 */

/** A few in every test run; dozens with `npm run soak`. */
const KILLS = Number(process.env.KAFKA_REPLICATOR_KILLS ?? 6)
/** From the start of the process: its start takes about 400 ms, copying begins then. */
const LIFE_MS = { least: 100, most: 1_500 } as const
/** Every so often a broker goes the same way. */
const KILLS_PER_BROKER_KILL = 5

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

test(`${KILLS} kills of the engine and some of the brokers, at random moments`, {
  timeout: 60_000 + KILLS * 8_000,
}, async () => {
  const topics = ['plain', 'transactions']
  for (const topic of topics) await clusters.source.client.createTopic(topic, 3)
  const load = startLoad()
  const options = optionsFor(clusters, { id: randomUUID(), topics: { include: topics } })
  const lives: number[] = []
  for (let kill = 1; kill <= KILLS; kill++) {
    // It may end by itself where a broker is just away while it starts.
    const engine = new EngineProcess(options)
    onTestFinished(() => engine.kill())
    const life = randomInt(LIFE_MS.least, LIFE_MS.most)
    lives.push(life)
    await systemClock.sleep(life)
    const side = kill % (2 * KILLS_PER_BROKER_KILL) === 0 ? clusters.source : clusters.target
    if (kill % KILLS_PER_BROKER_KILL === 0) await side.kafka.restart({ signal: 'SIGKILL' })
    await engine.kill()
  }
  await load.stop()
  const last = await startReplicator(clusters, { ...options, topics: { include: topics } })
  await last.untilCaughtUp(...topics)

  const seen = `lives of ${lives.join(', ')} ms`
  for (const topic of topics) {
    const [source, target] = await Promise.all([contentOf(clusters.source, topic), contentOf(clusters.target, topic)])
    expect(target, seen).toEqual(source)
    // Aborted records never cross, so consumers that read everything see no more than that either.
    expect(await uncommittedCounts(clusters.target, topic), seen).toEqual(source.map(({ records }) => records))
  }
  expect(last.messages('partition-held')).toEqual([])
})

/** Plain records, and transactions of which every third is aborted. */
function startLoad(): { stop(): Promise<unknown> } {
  const { client } = clusters.source
  let stopping = false
  const again = async (once: (round: number) => Promise<unknown>) => {
    for (let round = 0; !stopping; round++) await once(round)
  }
  const plain = { topic: 'plain', partitions: 3, records: 1_500, recordSize: 200, lingerMs: 2, ratePerSecond: 1_500 }
  const both = Promise.all([
    again(round => client.load({ ...plain, seed: round })),
    again(round => {
      const records = Array.from({ length: 5 }, (_, n) => ({ partition: n % 3, value: `${round}-${n}` }))
      const outcome = round % 3 === 0 ? 'abort' : 'commit'
      return client.produce('transactions', records, { transactional: { id: `t${round % 4}`, outcome } })
    }),
  ])
  return {
    stop: () => {
      stopping = true
      return both
    },
  }
}
