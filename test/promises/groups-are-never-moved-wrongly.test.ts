import { beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import { stampText } from '../../src/policy/commit-stamp.js'
import { untilGroupIs } from '../support/group-judge.js'
import { commitOf, offsetOf, untilGroupsAre, untilOffsetIs } from '../support/group-offsets.js'
import { plainTopic, writePlain } from '../support/group-topics.js'
import { type RunningReplicator, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { firstUnlessThorough } from '../support/thorough.js'
import { startTwoClusters, type TwoClusters, valuesOf } from '../support/two-clusters.js'

/**
 * Never a group with members, never backwards unless the group itself was reset and that is to be followed, never by an
 * instance that is out of date.
 */

/** Nobody may do what no rule is about, and everybody all else. */
const AUTHORIZER = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
}
/** Three rounds of groups: what was to be written wrongly would have been. */
const SOME_ROUNDS_MS = 1_500
const RECORDS = 20
/** One replicator for all tests, started again and again: two that copy the same topic would write its records twice. */
const ID = 'guards'

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters({ target: { config: AUTHORIZER } })
  await plainTopic(clusters.source, 'orders', { count: RECORDS })
  await clusters.target.client.createTopic('orders', 1) // groups may stand there before anything is copied
})

describe.each(firstUnlessThorough(['consumer', 'classic'] as const))(
  'a group with members on the target (%s)',
  protocol => {
    test('is left alone while it has them, and brought on when they have left', async () => {
      const group = `members-${protocol}`
      await commit(group, 3)
      const running = await start(group)
      await untilOffsetIs(clusters.target, group, 3)
      await clusters.target.client.startMember({ group, topics: ['orders'], protocol, commit: false })
      await commit(group, 8)
      await running.untilEvent('group-active', group)
      await untilGroupsAre(running, 'active-on-target')
      await someRounds()
      expect(await offsetOf(clusters.target, group)).toBe(3n)
      // Told once, however often it was tried; and that it is active is no failure.
      expect(running.messages('group-active')).toEqual([expect.stringContaining('has members on the target')])
      expect(running.messages('group-failed')).toEqual([])
      expect(running.replicator.snapshot().groups?.failures).toBe(0)

      await clusters.target.client.stopMember(group)
      await untilOffsetIs(clusters.target, group, 8)
      await untilGroupsAre(running, 'synced')
    })

    test('is not brought back when they have taken it further', async () => {
      const group = `further-${protocol}`
      await commit(group, 3)
      const running = await start(group)
      await untilOffsetIs(clusters.target, group, 3)
      await clusters.target.client.startMember({ group, topics: ['orders'], protocol, commit: true })
      await untilOffsetIs(clusters.target, group, RECORDS)
      await clusters.target.client.stopMember(group)
      await commit(group, 8)
      await untilGroupsAre(running, 'ahead-on-target')
      await someRounds()
      expect(await offsetOf(clusters.target, group)).toBe(BigInt(RECORDS))
    })

    test('stands as it does when they have left, also where nothing is left to be written', async () => {
      const group = `left-${protocol}`
      await commit(group, 3)
      const running = await start(group)
      await untilOffsetIs(clusters.target, group, 3)
      await clusters.target.client.startMember({ group, topics: ['orders'], protocol, commit: false })
      await commit(group, 8)
      await untilGroupsAre(running, 'active-on-target')
      await clusters.target.client.stopMember(group)
      await clusters.target.client.commitOffset(group, 'orders', 0, 11)
      await untilGroupsAre(running, 'ahead-on-target')
      expect(await offsetOf(clusters.target, group)).toBe(11n)
    })
  },
)

test('a group that consumers of the target have taken further stays there, one that is behind is brought on', async () => {
  const [behind, further] = ['compare-behind', 'compare-further']
  for (const group of [behind, further]) await commit(group, 8)
  await commitOnTarget(behind, 5)
  await commitOnTarget(further, 15)
  const running = await start('compare-.*')
  await untilOffsetIs(clusters.target, behind, 8)
  await untilGroupsAre(running, 'ahead-on-target', further)
  await someRounds()
  expect(await offsetOf(clusters.target, further)).toBe(15n)
})

describe('a group that was reset on the source', () => {
  test('stays on the target, which is told once, and is followed again when it is past that', async () => {
    await commit('reset', 10)
    const running = await start('reset')
    await untilOffsetIs(clusters.target, 'reset', 10)
    await commit('reset', 2)
    await running.untilEvent('group-reset', 'group reset was reset on the source, orders-0 to offset 2')
    for (const offset of [3, 4, 5]) {
      await commit('reset', offset)
      await someRounds()
    }
    await untilGroupsAre(running, 'reset-on-source')
    expect(await offsetOf(clusters.target, 'reset')).toBe(10n)
    expect(running.messages('group-reset')).toHaveLength(1)
    await commit('reset', 1)
    await running.until('a second reset is told', () => running.messages('group-reset').length === 2)
    await commit('reset', 12)
    await untilOffsetIs(clusters.target, 'reset', 12)
    await untilGroupsAre(running, 'synced')
  })

  test('is moved back with --follow-resets, once: what the target consumes after that counts', async () => {
    await commit('follow', 10)
    const running = await start('follow', { groups: { include: ['follow'], followResets: true } })
    await untilOffsetIs(clusters.target, 'follow', 10)
    await commit('follow', 2)
    await untilOffsetIs(clusters.target, 'follow', 2)
    await untilGroupsAre(running, 'synced')
    await commitOnTarget('follow', 7)
    await commit('follow', 3)
    await someRounds()
    expect(await offsetOf(clusters.target, 'follow')).toBe(7n)
    expect(running.messages('group-reset')).toEqual([expect.stringContaining('moved back on the target too')])
  })

  test('is moved back, too, when that happened while the replicator was stopped', async () => {
    const options = { groups: { include: ['asleep-.*'], followResets: true } }
    for (const group of ['asleep-moved', 'asleep-consumed']) await commit(group, 10)
    const first = await start('', options)
    for (const group of ['asleep-moved', 'asleep-consumed']) await untilOffsetIs(clusters.target, group, 10)
    await first.stop()
    for (const group of ['asleep-moved', 'asleep-consumed']) await commit(group, 4)
    await commitOnTarget('asleep-consumed', 12)

    const second = await start('', options)
    await untilOffsetIs(clusters.target, 'asleep-moved', 4)
    await untilGroupsAre(second, 'ahead-on-target', 'asleep-consumed')
    await someRounds()
    expect(await offsetOf(clusters.target, 'asleep-consumed')).toBe(12n)
  })
})

test('what a newer instance of the replicator has written is not overwritten, what others have is', async () => {
  const stamps = {
    'stamp-newer': stampText({ replicatorId: ID, generation: 9_999, sourceOffset: 2 }),
    'stamp-older': stampText({ replicatorId: ID, generation: 0, sourceOffset: 2 }),
    'stamp-foreign': stampText({ replicatorId: 'another', generation: 99, sourceOffset: 2 }),
  }
  for (const [group, metadata] of Object.entries(stamps)) {
    await clusters.target.client.commitOffset(group, 'orders', 0, 2, metadata)
    await commit(group, 8)
  }
  await start('stamp-.*')
  for (const group of ['stamp-older', 'stamp-foreign']) await untilOffsetIs(clusters.target, group, 8)
  await someRounds()
  expect(await commitOf(clusters.target, 'stamp-newer')).toMatchObject({ offset: 2n, metadata: stamps['stamp-newer'] })
  expect((await commitOf(clusters.target, 'stamp-older'))?.metadata).toMatch(/^kafka-replicator:guards:\d+:8$/)
})

test('deleted on the source it stays; deleted on the target, or its offsets there, it comes back', async () => {
  const ahead = { ms: 0 }
  for (const group of ['gone-source', 'gone-target', 'gone-offset']) await commit(group, 6)
  const running = await start('gone-.*', { ahead })
  for (const group of ['gone-source', 'gone-target', 'gone-offset']) await untilOffsetIs(clusters.target, group, 6)
  await clusters.source.client.deleteGroup('gone-source')
  await clusters.target.client.deleteGroup('gone-target')
  await clusters.target.client.deleteGroupOffsets('gone-offset', 'orders', 0)
  ahead.ms = 31_000 // it looks again after 30 s
  for (const group of ['gone-target', 'gone-offset']) await untilOffsetIs(clusters.target, group, 6)
  await running.until('it is not followed any more', () => running.replicator.snapshot().groups?.count === 2)
  expect(await offsetOf(clusters.target, 'gone-source')).toBe(6n)
})

test('offsets that a transaction commits count when it is committed, and never when it is aborted', async () => {
  for (const group of ['pending-commit', 'pending-abort']) {
    await commit(group, 4)
    const offsets = [{ topic: 'orders', partition: 0, offset: 9 }]
    const outcome = 'leaveOpen' as const
    await clusters.source.client.commitOffsetsInTransaction({ transactionalId: group, group, offsets, outcome })
  }
  await start('pending-.*')
  for (const group of ['pending-commit', 'pending-abort']) await untilOffsetIs(clusters.target, group, 4)
  await clusters.source.client.endTransaction('pending-commit', 'commit')
  await clusters.source.client.endTransaction('pending-abort', 'abort')
  await untilOffsetIs(clusters.target, 'pending-commit', 9)
  await someRounds()
  expect(await offsetOf(clusters.target, 'pending-abort')).toBe(4n)
})

test('a group that the target refuses is named and counted; the others and the data go on', async () => {
  await plainTopic(clusters.source, 'guarded', { count: 5 })
  for (const group of ['guarded-no', 'guarded-yes']) await clusters.source.client.commitOffset(group, 'guarded', 0, 3)
  const rule = { principal: 'User:ANONYMOUS', host: '*', rule: 'READ', permission: 'DENY' as const }
  await clusters.target.client.createAcl({ resource: 'GROUP', name: 'guarded-no', pattern: 'LITERAL', ...rule })
  const running = await start('guarded-.*', { id: 'guarded', topics: 'guarded' })
  await untilOffsetIs(clusters.target, 'guarded-yes', 3)
  await running.untilEvent('group-failed', 'GROUP_AUTHORIZATION_FAILED')
  await untilGroupsAre(running, 'failed', 'guarded-no')
  expect(running.replicator.snapshot().groups?.failures).toBeGreaterThan(0)
  await writePlain(clusters.source, 'guarded', { from: 5, count: 5 })
  await running.untilCaughtUp('guarded')
  expect(running.messages('group-failed')).toEqual([expect.stringContaining('guarded-no')])
})

describe('a source topic that was created anew', () => {
  test('with restart: what a group has consumed of the new one is found behind the former', async () => {
    const obstacles = { onTruncation: 'stop', onPoison: 'stop', onTopicRecreated: 'restart' } as const
    const running = await recreated('anew-restart', { obstacles, discoveryMs: 1_000 })
    await running.until('the new topic is copied', () => running.recordsCopied === 14)
    await clusters.source.client.commitOffset('anew-restart', 'anew-restart', 0, 3)
    const request = { group: 'anew-restart', topics: ['anew-restart'], onlyKnownToSource: true }
    expect(await untilGroupIs(clusters, request)).toMatchObject([{ targetCommitted: 13n }])
  })

  test('with stop: the group stays where it is', async () => {
    const running = await recreated('anew-stop', { discoveryMs: 1_000 })
    await running.untilHeld('anew-stop')
    await clusters.source.client.commitOffset('anew-stop', 'anew-stop', 0, 3)
    await someRounds()
    expect(await offsetOf(clusters.target, 'anew-stop')).toBe(6n)
    expect(await valuesOf(clusters.target, 'anew-stop')).toHaveLength(10)
  })

  /** Ten records and a group at 6, both copied; then the topic is another one with four records. */
  async function recreated(topic: string, options: Partial<TestOptions>): Promise<RunningReplicator> {
    const { client } = clusters.source
    await plainTopic(clusters.source, topic, { count: 10 })
    await client.commitOffset(topic, topic, 0, 6)
    const running = await start(topic, { ...options, id: topic, topics: topic })
    await running.untilCaughtUp(topic)
    await untilOffsetIs(clusters.target, topic, 6)
    await client.deleteTopic(topic)
    // The deletion goes on for a moment after its answer.
    const created = async () => (await client.createTopic(topic, 1).catch(() => 'not yet')) === undefined || undefined
    await waitUntil(created, { timeoutMs: 10_000, intervalMs: 100 })
    await writePlain(clusters.source, topic, { count: 4, label: `${topic}-new` })
    return running
  }
})

/** Copies `orders` and follows the groups of a pattern. */
async function start(groups: string, options: Partial<TestOptions> = {}): Promise<RunningReplicator> {
  const running = await startReplicator(clusters, { id: ID, topics: 'orders', groups, ...options })
  if (options.topics === undefined) await running.untilCaughtUp('orders')
  return running
}

function commit(group: string, offset: number): Promise<void> {
  return clusters.source.client.commitOffset(group, 'orders', 0, offset)
}

/** As a consumer of the target does, without a word of ours beside it. */
function commitOnTarget(group: string, offset: number): Promise<void> {
  return clusters.target.client.commitOffset(group, 'orders', 0, offset)
}

function someRounds(): Promise<void> {
  return systemClock.sleep(SOME_ROUNDS_MS)
}
