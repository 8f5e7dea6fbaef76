import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import type { ReplicationEvent } from '../../src/events.js'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import { compilePatterns } from '../../src/policy/topic-patterns.js'
import { openClusters } from '../../src/replication/open-clusters.js'
import { type TopicRound, TopicSync } from '../../src/topics/topic-sync.js'
import { optionsFor } from '../support/start-replicator.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/** What a round answers to whoever copies, on real brokers. */

let clusters: TwoClusters
let events: ReplicationEvent[]

beforeAll(async () => {
  clusters = await startTwoClusters()
})

beforeEach(() => {
  events = []
})

test('a target topic that is gone is not created again where it may not be, and the caller is told', async () => {
  await createOnSource('copied', 'new')
  const sync = await openSync('copied|new')
  const first = await sync.round({ isWanted: () => true, mayCreate: () => true, known: [] })
  expect(namesOf(first)).toEqual(['copied', 'new'])

  await clusters.target.client.deleteTopic('copied')
  await clusters.target.client.deleteTopic('new')
  await untilGone('target', 'copied')
  await untilGone('target', 'new')
  const questions = { isWanted: () => true, mayCreate: (topic: string) => topic === 'new', known: ['copied'] }
  const second = await sync.round(questions)
  expect(second).toMatchObject({ missingOnTarget: [{ sourceTopic: 'copied', targetTopicId: '' }], goneFromSource: [] })
  expect(namesOf(second)).toEqual(['new'])
  await expect(clusters.target.client.describeTopic('copied')).rejects.toThrow(/UnknownTopic/)
  // The next round says so again: what to do about it is the caller's.
  expect(await sync.round(questions)).toMatchObject({ missingOnTarget: [{ sourceTopic: 'copied', targetTopicId: '' }] })
})

test('a known topic that the source has no longer is told; its target stays', async () => {
  await createOnSource('leaves', 'stays')
  const sync = await openSync('leaves|stays')
  const everything = { isWanted: () => true, mayCreate: () => true }
  await sync.round({ ...everything, known: [] })
  await clusters.source.client.deleteTopic('leaves')
  await untilGone('source', 'leaves')
  const round = await sync.round({ ...everything, known: ['leaves', 'stays'] })
  expect(round).toMatchObject({ missingOnTarget: [], goneFromSource: ['leaves'] })
  expect(namesOf(round)).toEqual(['stays'])
  expect(await clusters.target.client.describeTopic('leaves')).toMatchObject({ partitions: 1 })
  expect(events.filter(({ level }) => level !== 'info')).toEqual([])
})

test('configurations that drift apart are brought together, those that stay are left alone, and then it is quiet', async () => {
  await clusters.source.client.createTopic('drifts', 1, { 'retention.ms': '3600000', 'min.insync.replicas': '1' })
  const sync = await openSync('drifts')
  const everything = { isWanted: () => true, mayCreate: () => true, known: [] }
  await sync.round(everything)
  await clusters.target.client.alterConfig('drifts', {
    set: { 'segment.ms': '5000000', 'unclean.leader.election.enable': 'true' },
    delete: ['retention.ms'],
  })
  await waitUntil(
    async () => {
      await sync.round(everything)
      return events.some(({ code }) => code === 'topic-config-copied') || undefined
    },
    { timeoutMs: 20_000, intervalMs: 100 },
  )
  expect(await clusters.target.client.describeTopic('drifts')).toMatchObject({
    configs: { 'retention.ms': '3600000', 'unclean.leader.election.enable': 'true' },
  })
  const told = events.length
  await sync.round(everything)
  expect(events).toHaveLength(told)
})

async function openSync(include: string): Promise<TopicSync> {
  const options = optionsFor(clusters, { topics: include })
  const open = await openClusters(options, systemClock)
  onTestFinished(() => open.close())
  const rounds = { naming: 'identical', copyConfigurations: true, copyAccessControlLists: false } as const
  const provenance = { refresh: async () => {}, cameFromTarget: () => false, claim: async () => {} }
  return new TopicSync(open, provenance, compilePatterns([include], []), rounds, systemClock, event =>
    events.push(event),
  )
}

function namesOf({ pairs }: TopicRound): string[] {
  return pairs.map(({ sourceTopic }) => sourceTopic)
}

async function createOnSource(...topics: string[]): Promise<void> {
  for (const topic of topics) await clusters.source.client.createTopic(topic, 1)
}

/** A deletion goes on for a moment after its answer. */
async function untilGone(side: 'source' | 'target', topic: string): Promise<void> {
  const { client } = clusters[side]
  const gone = () =>
    client.describeTopic(topic).then(
      () => undefined,
      () => true as const,
    )
  expect(await waitUntil(gone, { timeoutMs: 20_000, intervalMs: 100 })).toBe(true)
}
