import { beforeEach, describe, expect, test } from 'vitest'
import type { CommittedOffset, ConsumerGroups } from '../../src/clusters/consumer-groups.js'
import type { ReplicationEvent } from '../../src/events.js'
import { FollowedGroup, stateOf } from '../../src/groups/followed-group.js'
import { GroupReports } from '../../src/groups/group-reports.js'
import { GroupWriter } from '../../src/groups/group-writer.js'
import type { Translation } from '../../src/groups/translate.js'
import { stampText } from '../../src/policy/commit-stamp.js'
import { Code } from '../../src/wire/kafka-errors.js'
import { FakeClock, FakeCluster } from '../progress/fake-cluster.js'
import { FakeGroups } from './fake-groups.js'

const GROUP_AUTHORIZATION_FAILED = 30

let clock: FakeClock
let cluster: FakeCluster
let groups: FakeGroups
let events: ReplicationEvent[]
let reports: GroupReports
let mayWrite: boolean
let writer: GroupWriter

beforeEach(() => {
  clock = new FakeClock()
  clock.sleep = () => new Promise(() => {}) // no time passes but what a test says
  cluster = new FakeCluster('target')
  Object.assign(cluster.create('orders'), { start: 20, end: 200 })
  groups = new FakeGroups()
  events = []
  reports = new GroupReports(event => events.push(event), clock)
  mayWrite = true
  writer = writerOf()
})

describe('what is written', () => {
  test('the offset with our stamp; and nothing is asked or written again while nothing moves', async () => {
    const group = follow('g', 5)
    await bring(group)
    expect(groups.said).toEqual(['read g', 'write g orders-0 105 kafka-replicator:me:2:5'])
    await bring(group)
    expect(groups.said).toHaveLength(2)
    move(group, 6)
    await bring(group)
    expect(groups.said.slice(2)).toEqual(['read g', 'write g orders-0 106 kafka-replicator:me:2:6'])
    expect(stateIn(group)).toBe('synced')
  })

  test.each([
    ['before the start of the target', -95, 20],
    ['beyond its end', 500, 200],
  ])('never what lies %s', async (_what, offset, written) => {
    const group = follow('g', offset, 100 + offset)
    await bring(group)
    expect(groups.offsets('g')).toEqual([written])
  })

  test('nothing, where the target does not say where its log begins and ends', async () => {
    cluster.logs.delete('orders')
    clock.sleep = FakeClock.prototype.sleep
    const group = follow('g', 5)
    await bring(group)
    expect(groups.offsets('g')).toEqual([])
    expect(stateIn(group)).toBe('syncing')
    cluster.create('orders').end = 200
    await bring(group)
    expect(groups.offsets('g')).toEqual([105])
  })

  test('nothing, where it is not known where the group would be', async () => {
    await bring(follow('g', 5, undefined))
    expect(groups.stored.size).toBe(0)
  })

  test('two hundred groups at a time, so that each is written soon after it was read', async () => {
    const all = Array.from({ length: 450 }, (_, n) => follow(`g${n}`, 5))
    await writer.bring(all)
    expect(groups.readAtOnce).toEqual([200, 200, 50])
    expect(groups.stored.size).toBe(450)
    const isLastOfFirst = (said: string) => said.startsWith('write g199 ')
    expect(groups.said.findIndex(isLastOfFirst)).toBeLessThan(groups.said.indexOf('read g200'))
  })
})

describe('what keeps it from writing', () => {
  test('a reading that is older than two seconds: it reads again', async () => {
    const group = follow('g', 5)
    groups.onRead = () => {
      clock.time += 2_001
    }
    await bring(group)
    expect(groups.said).toEqual(['read g'])
    groups.onRead = () => {
      clock.time += 1_999
    }
    await bring(group)
    expect(groups.said).toEqual(['read g', 'read g', expect.stringContaining('write g')])
  })

  test('a commit may not be tried for longer than the reading is valid', async () => {
    groups.onRead = () => {
      clock.time += 500
    }
    await bring(follow('g', 5))
    expect(groups.validFor).toEqual([1_500])
  })

  test('the word that this instance may not', async () => {
    const group = follow('g', 5)
    mayWrite = false
    await bring(group)
    expect(groups.said).toEqual(['read g'])
    mayWrite = true
    await bring(group)
    expect(groups.offsets('g')).toEqual([105])
  })

  test('a newer instance of it', async () => {
    const metadata = stampText({ replicatorId: 'me', generation: 3, sourceOffset: 1 })
    groups.put('g', { offset: 101, metadata })
    await bring(follow('g', 5))
    expect(groups.offsets('g')).toEqual([101])
  })
})

describe('an answer of the target', () => {
  test.each([
    ['UNKNOWN_MEMBER_ID', Code.UnknownMemberId],
    ['ILLEGAL_GENERATION', Code.IllegalGeneration],
    ['REBALANCE_IN_PROGRESS', Code.RebalanceInProgress],
    ['STALE_MEMBER_EPOCH', Code.StaleMemberEpoch],
  ])('%s: it has members, which is no error; tried again after 5 s', async (_name, code) => {
    const group = follow('g', 5)
    groups.refuse('g', code)
    await bring(group)
    expect([stateIn(group), codes(), reports.failures]).toEqual(['active-on-target', ['group-active'], 0])
    clock.time += 4_999
    await bring(group)
    expect(groups.said).toHaveLength(2)
    clock.time += 1
    await bring(group)
    expect([groups.said.length, codes()]).toEqual([4, ['group-active']]) // told once
    groups.refuse('g', Code.None)
    clock.time += 5_000
    await bring(group)
    expect([stateIn(group), groups.offsets('g')]).toEqual(['synced', [105]])
  })

  test('its members have left it further than we would: it is not active any more', async () => {
    const group = follow('g', 5)
    groups.refuse('g', Code.UnknownMemberId)
    await bring(group)
    groups.put('g', { offset: 150, metadata: '' })
    clock.time += 5_000
    await bring(group)
    expect(stateIn(group)).toBe('ahead-on-target')
  })

  test('a refusal: it has failed, is told and counted, and tried again after 5 s', async () => {
    const group = follow('g', 5)
    groups.refuse('g', GROUP_AUTHORIZATION_FAILED)
    for (let n = 0; n < 3; n++) {
      await bring(group)
      clock.time += 5_000
    }
    expect([stateIn(group), codes(), reports.failures]).toEqual(['failed', ['group-failed'], 3])
    expect(events[0]?.message).toContain('orders-0: GROUP_AUTHORIZATION_FAILED')
    groups.refuse('g', Code.None)
    await bring(group)
    expect(stateIn(group)).toBe('synced')
  })

  test.each([
    ['to the question', 'read'],
    ['to the commit', 'commit'],
  ] as const)('none, %s, for 10 s: it has failed, the others go on', async (_what, kind) => {
    const [silent, other] = [follow('silent', 5), follow('other', 5)]
    groups.silent.set('silent', kind)
    await bring(silent, other)
    expect([stateIn(silent), stateIn(other), events]).toEqual(['syncing', 'synced', []])
    for (let n = 0; n < 3; n++) {
      clock.time += 5_000
      await bring(silent, other)
    }
    expect([stateIn(silent), stateIn(other)]).toEqual(['failed', 'synced'])
    expect(events).toMatchObject([{ code: 'group-failed', message: expect.stringContaining('no answer') }])
    groups.silent.clear()
    if (kind === 'commit') groups.put('silent', { offset: 105, metadata: '' }) // only its answer was lost
    clock.time += 5_000
    await bring(silent, other)
    expect(stateIn(silent)).toBe('synced')
  })

  test('OFFSET_METADATA_TOO_LARGE: ours goes instead of its own with the next try', async () => {
    const group = new FollowedGroup('g')
    group.take([{ topic: 'orders', partition: 0, offset: 5, metadata: 'long' }], translate)
    groups.refuse('g', Code.OffsetMetadataTooLarge)
    await bring(group)
    groups.refuse('g', Code.None)
    clock.time += 5_000
    await bring(group)
    expect(groups.said.filter(said => said.startsWith('write'))).toEqual([
      'write g orders-0 105 long',
      'write g orders-0 105 kafka-replicator:me:2:5',
    ])
    expect(codes()).toEqual([])
  })
})

describe('what nobody has moved', () => {
  test('is looked at every 30 s: one that is gone comes back', async () => {
    const group = follow('g', 5)
    await bring(group)
    groups.stored.clear()
    clock.time += 29_999
    await bring(group)
    expect(groups.offsets('g')).toEqual([])
    clock.time += 1
    await bring(group)
    expect(groups.offsets('g')).toEqual([105])
  })

  test('is written again after six hours, since offsets expire; but never back', async () => {
    const [still, further] = [follow('still', 5), follow('further', 5)]
    await bring(still, further)
    groups.put('further', { offset: 150, metadata: '' })
    groups.said = []
    const written = () => groups.said.filter(said => said.startsWith('write'))
    for (let minutes = 1; minutes <= 6 * 60; minutes++) {
      expect(written()).toEqual([])
      clock.time += 60_000
      await bring(still, further)
    }
    expect(written()).toEqual(['write still orders-0 105 kafka-replicator:me:2:5'])
    expect(groups.offsets('further')).toEqual([150])
  })
})

describe('a reset on the source', () => {
  test('is told once, however the group goes on from there; one that goes further back is another', async () => {
    const group = follow('g', 9)
    await bring(group)
    for (const offset of [4, 5, 6, 6, 8]) {
      move(group, offset)
      await bring(group)
    }
    expect(codes()).toEqual(['group-reset'])
    move(group, 3)
    await bring(group)
    expect(codes()).toEqual(['group-reset', 'group-reset'])
    for (let n = 0; n < 3; n++) {
      clock.time += 30_000 // it is looked at again and is still so
      await bring(group)
    }
    expect(codes()).toEqual(['group-reset', 'group-reset'])
    expect([groups.offsets('g'), stateIn(group)]).toEqual([[109], 'reset-on-source'])
  })

  test('is followed when that is wanted, and not where a consumer of the target has moved it', async () => {
    writer = writerOf({ followResets: true })
    const [alone, consumed] = [follow('alone', 9), follow('consumed', 9)]
    await bring(alone, consumed)
    groups.put('consumed', { offset: 120, metadata: '' })
    for (const group of [alone, consumed]) move(group, 4)
    await bring(alone, consumed)
    expect([groups.offsets('alone'), groups.offsets('consumed')]).toEqual([[104], [120]])
    expect(stateIn(consumed)).toBe('ahead-on-target')
    groups.said = [] // that is settled: the target is not asked again and again
    await bring(alone, consumed)
    expect(groups.said).toEqual([])
  })
})

test('it says that it writes from before a commit is sent until its answer is there, also a refusal', async () => {
  const seen: boolean[] = []
  for (const outcome of ['taken', 'refused'] as const) {
    const answered = groups.commit.bind(groups)
    groups.commit = async (...commit) => {
      seen.push(writer.isWriting)
      if (outcome === 'refused') throw new Error('no answer')
      return await answered(...commit)
    }
    expect(writer.isWriting).toBe(false)
    await bring(follow(outcome, 9))
    expect(writer.isWriting).toBe(false)
  }
  expect(seen).toEqual([true, true])
})

test('commits are told once a minute, together: how many, of how many groups', async () => {
  const [one, other] = [follow('one', 1), follow('other', 2)]
  await bring(one, other)
  expect(events).toEqual([])
  clock.time += 60_000
  move(one, 3)
  await bring(one, other)
  const told = { code: 'groups-committed', level: 'info', data: { commits: 3, groups: 2 } }
  expect(events).toMatchObject([told])
  clock.time += 59_999
  move(one, 4)
  await bring(one, other)
  expect(events).toHaveLength(1)
})

function writerOf(options: { followResets?: boolean } = {}): GroupWriter {
  const who = { replicatorId: 'me', generation: 2, followResets: false, ...options }
  const target = groups as unknown as ConsumerGroups
  return new GroupWriter(target, cluster.side(clock), who, clock, reports, () => mayWrite)
}

/** A group at a source offset; on the target that is 100 more unless told otherwise. */
function follow(name: string, offset: number, ...exact: [number | undefined] | []): FollowedGroup {
  const group = new FollowedGroup(name)
  const known = exact.length === 0 ? offset + 100 : exact[0]
  group.take([committedAt(offset)], () => translationTo(known))
  return group
}

function move(group: FollowedGroup, offset: number): void {
  group.take([committedAt(offset)], translate)
}

const committedAt = (offset: number) => ({ topic: 'orders', partition: 0, offset, metadata: '' })
const translate = ({ offset }: CommittedOffset) => translationTo(offset + 100)

function translationTo(exact: number | undefined): Translation {
  const unknown = { reason: undefined, sourceEnd: null, targetEnd: null, there: undefined, back: undefined }
  return { targetTopic: 'orders', exact, copied: 1_000, ...unknown }
}

async function bring(...all: FollowedGroup[]): Promise<void> {
  await writer.bring(all)
  reports.flush()
}

const stateIn = (group: FollowedGroup) => stateOf(group.offsets[0]!, group.isActiveOnTarget, 'me')
const codes = () => events.map(({ code }) => code).filter(code => code !== 'groups-committed')
