import { expect, test } from 'vitest'
import type { ReplicationEvent } from '../../src/events.js'
import { STOP_ALWAYS } from '../../src/policy/obstacle-policy.js'
import { compilePatterns, type NameFilter } from '../../src/policy/topic-patterns.js'
import type { DiscoveryNote } from '../../src/progress/notes.js'
import type { ProgressStore } from '../../src/progress/progress-store.js'
import type { CopyRules } from '../../src/records/batch-intake.js'
import type { PartitionCopy } from '../../src/records/partition-copy.js'
import { CopiedTopics } from '../../src/replication/copied-topics.js'
import type { CopySupervisor } from '../../src/replication/copy-supervisor.js'
import type { ReplicatorOptions, TopicSelection } from '../../src/replication/replicator-options.js'
import type { RoundQuestions, TopicPair, TopicSync } from '../../src/topics/topic-sync.js'

/** Which topics are copied, from where on, and what becomes of them when the selection changes; no cluster is needed. */

class World {
  /** Topics of the source; each has one partition. */
  readonly there: string[]
  /** What has been told to the supervisor, in order. */
  readonly supervised: string[] = []
  /** Topics of which something is on its way. */
  readonly busy = new Set<string>()
  readonly events: ReplicationEvent[] = []
  /** What earlier lives have noted. */
  discovered: DiscoveryNote | undefined
  readonly known = new Set<string>()
  readonly topics: CopiedTopics
  readonly options: ReplicatorOptions
  #filter: NameFilter

  constructor(there: string[], selection: Partial<TopicSelection>) {
    this.there = there
    const topics: TopicSelection = {
      ...{ include: [], exclude: [], naming: 'identical', startAt: 'latest', detectNew: true },
      ...{ copyConfigurations: false, copyAccessControlLists: false, ...selection },
    }
    this.options = { topics, obstacles: STOP_ALWAYS, source: { alias: 's' } } as unknown as ReplicatorOptions
    this.#filter = compilePatterns(topics.include, topics.exclude)
    const fakes = [{} as CopyRules, this.#sync() as TopicSync, this.#store(), this.#supervisor()] as const
    this.topics = new CopiedTopics(this.options, ...fakes, event => this.events.push(event))
  }

  /** As an engine does it. */
  async select(selection: Partial<TopicSelection>): Promise<boolean> {
    this.options.topics = { ...this.options.topics, ...selection }
    await this.topics.reselect()
    return this.topics.leave()
  }

  /** As an engine does it once all partitions have begun. */
  noteDiscovery(): void {
    const { include = [], exclude = [] } = this.topics.discoveredBy ?? {}
    this.discovered = { at: 1, include, exclude }
    for (const copy of this.topics.partitions()) this.known.add(copy.sourceTopic)
  }

  get copied(): string[] {
    return this.topics.snapshot().map(({ sourceTopic }) => sourceTopic)
  }

  #sync(): object {
    return {
      reselect: (filter: NameFilter) => {
        this.#filter = filter
      },
      isSelected: (topic: string) => this.#filter.matches(topic),
      round: async ({ isWanted }: RoundQuestions) => {
        const wanted = this.there.filter(topic => this.#filter.matches(topic) && isWanted(topic))
        const pairs = wanted.map((name): TopicPair => {
          const ids = { sourceTopicId: `s-${name}`, targetTopicId: `t-${name}` }
          return { sourceTopic: name, targetTopic: name, ...ids, partitions: 1 }
        })
        return { pairs, missingOnTarget: [], goneFromSource: [] }
      },
    }
  }

  #store(): ProgressStore {
    const world = this
    const store = {
      topics: [],
      get discovered() {
        return world.discovered
      },
      knowsTopic: (topic: string) => this.known.has(topic),
      isBehindKnown: () => false,
    }
    return store as unknown as ProgressStore
  }

  #supervisor(): CopySupervisor {
    const note = (what: string) => (copy: PartitionCopy) => void this.supervised.push(`${what} ${copy.sourceTopic}`)
    const supervisor = {
      add: (copy: PartitionCopy, _: TopicPair, startAt: string) => note(startAt)(copy),
      bring: note('again'),
      learn: () => {},
      leave: (copy: PartitionCopy) => {
        copy.ignore('left')
        return !this.busy.has(copy.sourceTopic)
      },
    }
    return supervisor as unknown as CopySupervisor
  }
}

test('at first StartingPosition counts; what comes later is copied whole', async () => {
  const world = new World(['a'], { include: ['.*'] })
  await world.topics.discover()
  world.there.push('b')
  await world.topics.discover()
  expect(world.supervised).toEqual(['latest a', 'earliest b'])
})

test('what an update brings begins at StartingPosition where it was there, whole where it came later', async () => {
  const world = new World(['a', 'b1'], { include: ['a.*'], detectNew: false })
  await world.topics.discover()
  world.noteDiscovery()
  world.there.push('a-later')
  await world.select({ include: ['a.*', 'b.*'] })
  await world.topics.discover()
  // Not "a-later": the first selection had it in view, and it came after that.
  expect(world.supervised).toEqual(['latest a', 'latest b1'])
  world.noteDiscovery()
  world.there.push('b2')
  await world.topics.discover()
  expect(world.copied).toEqual(['a', 'b1'])
  await world.select({ detectNew: true })
  await world.topics.discover()
  expect(world.supervised.slice(2)).toEqual(['earliest a-later', 'earliest b2'])
})

test('a discovery counts for the selection it was made by, not for one that came while it ran', async () => {
  const world = new World(['a'], { include: ['a'] })
  const round = world.topics.discover()
  const before = world.options.topics
  const changed = world.select({ include: ['b'] })
  await round
  expect(world.topics.discoveredBy).toBe(before)
  await changed
})

test('a topic that is left is copied no more, its last progress is noted, and it goes on when it comes back', async () => {
  const world = new World(['a', 'b'], { include: ['a', 'b'] })
  await world.topics.discover()
  const [, left] = [...world.topics.partitions()]
  world.busy.add('b')
  expect(await world.select({ include: ['a'] })).toBe(false)
  await world.topics.discover()
  expect(world.copied).toEqual(['a'])
  expect(world.topics.find('b', 0)).toBeUndefined()
  expect([...world.topics.partitions()]).toContain(left)

  // While something of it is on its way it cannot begin again: answers to the one would be taken for the other's.
  await world.select({ include: ['a', 'b'] })
  await world.topics.discover()
  expect(world.copied).toEqual(['a'])
  world.busy.clear()
  await world.topics.discover()
  expect(world.copied).toEqual(['a', 'b'])
  expect([...world.topics.partitions()][1]).toBe(left)
  expect(left?.isStopped).toBe(false)
  expect(world.supervised).toEqual(['latest a', 'latest b', 'again b'])
})

test('two discoveries at once find a new topic once', async () => {
  const world = new World(['a'], { include: ['.*'] })
  await Promise.all([world.topics.discover(), world.topics.discover()])
  expect(world.supervised).toEqual(['latest a'])
})

test('more topics than MSK would take are copied, and that is told once', async () => {
  const names = Array.from({ length: 750 }, (_, i) => `t${i}`)
  const world = new World(names, { include: ['.*'] })
  await world.topics.discover()
  const told = () => world.events.filter(({ code }) => code === 'topic-quota-exceeded').map(({ data }) => data)
  expect(told()).toEqual([])
  world.there.push('one more')
  await world.topics.discover()
  await world.topics.discover()
  expect(told()).toEqual([{ topics: 751, quota: 750 }])
  expect(world.copied).toHaveLength(751)
})
