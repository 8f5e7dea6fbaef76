import { expect, test } from 'vitest'
import type { Cluster } from '../../src/clusters/cluster.js'
import { ConsumerGroups } from '../../src/clusters/consumer-groups.js'
import type { Api } from '../../src/wire/api.js'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { Code, ConnectionError } from '../../src/wire/kafka-errors.js'
import { FakeClock } from '../progress/fake-cluster.js'

const PATIENCE_MS = 10_000
const GROUP_AUTHORIZATION_FAILED = 30
const OFFSET_FETCH = 9

test('groups are asked of the broker that listed them, the others are looked for, and both are remembered', async () => {
  const brokers = new FakeBrokers({ a: 1, b: 2, c: 2, unlisted: 1 })
  brokers.hidden.add('unlisted')
  const { groups } = groupsOf(brokers)
  expect((await groups.list()).groups.map(({ group }) => group).sort()).toEqual(['a', 'b', 'c'])
  brokers.said = []
  await groups.committed(['a', 'b', 'c', 'unlisted'])
  await groups.committed(['a', 'b', 'c', 'unlisted'])
  expect(brokers.said.map(said => said.replace(/^1: Find/, '2: Find')).sort()).toEqual([
    ...['1: OffsetFetch a,unlisted', '1: OffsetFetch a,unlisted', '2: FindCoordinator unlisted'],
    ...['2: OffsetFetch b,c', '2: OffsetFetch b,c'],
  ])
})

test.each([
  ['is none any more', Code.NotCoordinator],
  ['is not available', Code.CoordinatorNotAvailable],
  ['loads its groups', Code.CoordinatorLoadInProgress],
])('a coordinator that %s is looked for and asked again, its neighbours are not', async (_what, code) => {
  const brokers = new FakeBrokers({ a: 1, b: 1, c: 2 })
  const { groups, clock } = groupsOf(brokers)
  await groups.list()
  brokers.coordinatorOf.set('a', 2)
  brokers.refusals.set('a', [code, code])
  brokers.said = []
  const started = clock.monotonic()
  expect(await groups.committed(['a', 'b', 'c'])).toEqual(new Map(['a', 'b', 'c'].map(group => [group, [row(group)]])))
  expect(brokers.said.filter(said => said.includes('OffsetFetch'))).toEqual([
    ...['1: OffsetFetch a,b', '2: OffsetFetch c', '2: OffsetFetch a', '2: OffsetFetch a'],
  ])
  expect(clock.monotonic() - started).toBe(100 + 200)
  brokers.refusals.set('a', [code, code])
  expect(await groups.commit('a', [row('a')])).toEqual([{ topic: 'a', partition: 0, errorCode: 0 }])
})

test('a coordinator that loads for too long is given up, and all others have their answers', async () => {
  const brokers = new FakeBrokers({ a: 1, b: 1 })
  const { groups, clock } = groupsOf(brokers)
  brokers.refusals.set('a', Array(1_000).fill(Code.CoordinatorLoadInProgress))
  const started = clock.monotonic()
  const answers = await groups.committed(['a', 'b'])
  expect(answers.get('b')).toEqual([row('b')])
  expect(answers.get('a')).toMatchObject({ name: 'KafkaError', code: Code.CoordinatorLoadInProgress })
  expect(clock.monotonic() - started).toBeGreaterThan(PATIENCE_MS - 1_001)
  expect(clock.monotonic() - started).toBeLessThanOrEqual(PATIENCE_MS)
  expect(brokers.said.length).toBeLessThan(40)
  await expect(groups.commit('a', [row('a')])).rejects.toMatchObject({ code: Code.CoordinatorLoadInProgress })
})

test('a commit is not tried for longer than its caller has patience', async () => {
  const brokers = new FakeBrokers({ a: 1 })
  const { groups, clock } = groupsOf(brokers)
  brokers.refusals.set('a', Array(1_000).fill(Code.CoordinatorLoadInProgress))
  const started = clock.monotonic()
  await expect(groups.commit('a', [row('a')], 1_500)).rejects.toMatchObject({ code: Code.CoordinatorLoadInProgress })
  expect(clock.monotonic() - started).toBe(100 + 200 + 400 + 800)
})

test('a coordinator that is not reached is looked for at another address, and by another broker', async () => {
  const brokers = new FakeBrokers({ a: 1, b: 2 })
  const { groups } = groupsOf(brokers)
  await groups.list()
  brokers.down.add(1)
  brokers.onMetadata = () => brokers.down.clear()
  expect((await groups.committed(['a'])).get('a')).toEqual([row('a')])
  brokers.down.add(1)
  brokers.onMetadata = () => {}
  brokers.coordinatorOf.set('a', 2)
  expect((await groups.committed(['a'])).get('a')).toEqual([row('a')])
})

test('a broker that does not answer is named, and is not waited for: its groups stand with the reason', async () => {
  const brokers = new FakeBrokers({ a: 1, b: 2 })
  const { groups, clock } = groupsOf(brokers)
  await groups.list()
  brokers.down.add(1)
  const started = clock.monotonic()
  expect(await groups.list()).toEqual({
    groups: [expect.objectContaining({ group: 'b' })],
    problems: ['broker 1 of fake does not list its groups: broker 1 is down'],
  })
  expect(clock.monotonic()).toBe(started)
  const answers = await groups.committed(['a', 'b'])
  expect(answers.get('a')).toBeInstanceOf(ConnectionError)
  expect(answers.get('b')).toEqual([row('b')])
  await expect(groups.commit('a', [row('a')])).rejects.toThrow('broker 1 is down')
})

test('a commit is tried for a moment only, and never sent again when its answer was lost', async () => {
  const brokers = new FakeBrokers({ a: 1 })
  const { groups, clock } = groupsOf(brokers)
  await groups.list()
  brokers.refusals.set('a', Array(1_000).fill(Code.CoordinatorLoadInProgress))
  const started = clock.monotonic()
  await expect(groups.commit('a', [row('a')], 1_500)).rejects.toMatchObject({ code: Code.CoordinatorLoadInProgress })
  expect(clock.monotonic() - started).toBeLessThanOrEqual(1_500)
  brokers.refusals.delete('a')
  await groups.list()
  brokers.said = []
  brokers.down.add(1)
  await expect(groups.commit('a', [row('a')])).rejects.toThrow('broker 1 is down')
  expect(brokers.said.filter(said => said.includes('OffsetCommit'))).toHaveLength(1)
})

test('what is known of a group outlives a list that is not whole, and not one that is', async () => {
  const brokers = new FakeBrokers({ a: 1 })
  const { groups } = groupsOf(brokers)
  await groups.list()
  const before = (await groups.committed(['a'])).get('a')
  brokers.down.add(2)
  brokers.hidden.add('a')
  await groups.list()
  brokers.down.clear()
  expect((await groups.committed(['a'])).get('a')).toBe(before)
  await groups.list()
  expect((await groups.committed(['a'])).get('a')).not.toBe(before)
})

test('a list waits while a coordinator loads its groups', async () => {
  const brokers = new FakeBrokers({ a: 1, b: 2 })
  const { groups } = groupsOf(brokers)
  brokers.listRefusals.push(Code.CoordinatorLoadInProgress, Code.CoordinatorLoadInProgress)
  expect(await groups.list()).toMatchObject({ groups: [{ group: 'a' }, { group: 'b' }], problems: [] })
  brokers.listRefusals.push(GROUP_AUTHORIZATION_FAILED)
  expect((await groups.list()).problems).toEqual([expect.stringContaining('GROUP_AUTHORIZATION_FAILED')])
})

test('a thousand groups are asked in requests of a hundred, or one by one, and few at a time', async () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `g${i}`)
  for (const takesMany of [true, false]) {
    const brokers = new FakeBrokers(Object.fromEntries(names.map(name => [name, 1])))
    brokers.takesMany = takesMany
    const { groups } = groupsOf(brokers)
    const answers = await groups.committed(names)
    expect(names.filter(name => (answers.get(name) as unknown[]).length !== 1)).toEqual([])
    expect(brokers.said.filter(said => said.includes('OffsetFetch'))).toHaveLength(takesMany ? 10 : 1_000)
    expect(brokers.said.filter(said => said.includes('FindCoordinator'))).toHaveLength(takesMany ? 2 : 1_000)
    expect(brokers.mostUnderway).toBe(takesMany ? 10 : 16)
  }
})

test('after close nothing is tried again', async () => {
  const brokers = new FakeBrokers({ a: 1 })
  const { groups, clock } = groupsOf(brokers)
  brokers.down.add(1).add(2)
  clock.onSleep = () => groups.close()
  expect((await groups.committed(['a'])).get('a')).toBeInstanceOf(ConnectionError)
  expect(brokers.said).toHaveLength(1)
})

/** Two brokers and the groups that they coordinate; each group has one offset. */
class FakeBrokers {
  readonly alias = 'fake'
  readonly brokerCount = 2
  readonly coordinatorOf: Map<string, number>
  /** What a group's coordinator answers first, before it answers as it should. */
  readonly refusals = new Map<string, number[]>()
  readonly listRefusals: number[] = []
  /** Groups that no broker lists. */
  readonly hidden = new Set<string>()
  readonly down = new Set<number>()
  takesMany = true
  onMetadata = () => {}
  said: string[] = []
  mostUnderway = 0
  private underway = 0

  constructor(coordinators: Record<string, number>) {
    this.coordinatorOf = new Map(Object.entries(coordinators))
  }

  nodeIds(): number[] {
    return [1, 2]
  }

  async metadata(): Promise<void> {
    this.onMetadata()
  }

  async supports(_nodeId: number, { version, key }: { version: number; key: number }): Promise<boolean> {
    return this.takesMany || (key === OFFSET_FETCH ? version < 8 : version < 4)
  }

  async call(nodeId: number, api: Api<unknown, unknown>, request: unknown): Promise<unknown> {
    const { name, version } = api
    this.said.push(`${nodeId}: ${name} ${Array.isArray(request) ? request.join() : ''}`)
    this.mostUnderway = Math.max(this.mostUnderway, ++this.underway)
    // Longer than it takes to ask, as a network is.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    this.underway--
    if (this.down.has(nodeId)) throw new ConnectionError(`broker ${nodeId} is down`)
    if (name === 'ListGroups') return this.list(nodeId)
    if (name === 'OffsetCommit') return this.commit(nodeId, request as { group: string })
    if (name === 'FindCoordinator')
      return version < 4 ? this.find(request as string) : (request as string[]).map(group => this.find(group))
    return this.fetch(nodeId, api, request)
  }

  private list(nodeId: number) {
    const own = [...this.coordinatorOf].filter(([group, node]) => node === nodeId && !this.hidden.has(group))
    return { errorCode: this.listRefusals.shift() ?? 0, groups: own.map(([group]) => ({ group })) }
  }

  private find(group: string) {
    return { group, nodeId: this.coordinatorOf.get(group) as number, errorCode: 0, errorMessage: null }
  }

  private commit(nodeId: number, { group }: { group: string }) {
    return [{ topic: group, partition: 0, errorCode: this.refusalOf(nodeId, group) }]
  }

  /** As bytes, since known ones are recognised. */
  private fetch(nodeId: number, api: Api<unknown, unknown>, request: unknown): unknown {
    const answer = new ByteWriter().int32(0)
    if (api.version >= 8) {
      answer.compactArray(request as string[], group => this.writeOffsets(answer.compactString(group), nodeId, group))
    } else {
      const question = new ByteWriter()
      api.write(question, request)
      this.writeOffsets(answer, nodeId, new ByteReader(question.bytes()).compactString())
    }
    return api.read(new ByteReader(answer.noTags().bytes()))
  }

  private writeOffsets(answer: ByteWriter, nodeId: number, group: string): void {
    const errorCode = this.refusalOf(nodeId, group)
    answer.compactArray(errorCode === 0 ? [row(group)] : [], ({ topic, partition, offset, metadata }) => {
      answer.compactString(topic).compactArray([partition], () => {
        answer.int32(partition).int64(offset).int32(-1).compactString(metadata).int16(0).noTags()
      })
      answer.noTags()
    })
    answer.int16(errorCode).noTags()
  }

  private refusalOf(nodeId: number, group: string): number {
    const first = this.refusals.get(group)?.shift()
    return first ?? (this.coordinatorOf.get(group) === nodeId ? 0 : Code.NotCoordinator)
  }
}

function groupsOf(brokers: FakeBrokers) {
  const clock = new FakeClock()
  return { clock, groups: new ConsumerGroups(brokers as unknown as Cluster, clock) }
}

function row(topic: string) {
  return { topic, partition: 0, offset: 5, metadata: '' }
}
