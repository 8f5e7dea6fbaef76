import { describe, expect, test } from 'vitest'
import { checkGroups, type GroupFacts } from '../../src/doctor/check-groups.js'
import { checkRetention, horizonOf } from '../../src/doctor/check-retention.js'
import { checkClocks, checkTimestamps } from '../../src/doctor/check-timestamps.js'
import { checkTopics } from '../../src/doctor/check-topics.js'
import type { TopicFacts } from '../../src/doctor/facts.js'
import type { Severity } from '../../src/doctor/finding.js'
import { clusterFacts, settings, topicFacts } from './facts.js'

const CLUSTERS = { source: clusterFacts(), target: clusterFacts({ side: 'target' }) }
const NOW = 1_800_000_000_000

describe('topics', () => {
  const SMALL = { 'max.message.bytes': '1000' }
  test.each<[string, Partial<TopicFacts>, boolean, [Severity, RegExp][]]>([
    ['equal', {}, true, []],
    ['not there yet', { targetPartitions: null, target: undefined }, true, []],
    ['fewer partitions', { targetPartitions: 1 }, true, [['warning', /has 1 partition on the target, its source 3/]]],
    ['more partitions', { targetPartitions: 4 }, true, [['warning', /has 4 partitions on the target/]]],
    [
      'not known',
      { targetPartitions: undefined, target: undefined },
      true,
      [['unknown', /^1 topic on the target: orders$/]],
    ],
    ['a name that is too long', { targetTopic: 'x'.repeat(250) }, true, [['error', /250 characters long/]]],
    ['a smaller limit', { target: settings(SMALL) }, false, [['error', /takes batches of 1000 bytes/]]],
    ['a larger limit', { source: settings(SMALL) }, false, []],
    [
      'a smaller limit that the engine will raise',
      { source: settings({}, ['max.message.bytes']), target: settings(SMALL, ['max.message.bytes']) },
      true,
      [],
    ],
    ['a smaller limit of the broker, which it will not', { target: settings(SMALL) }, true, [['error', /1000 bytes/]]],
    ['a limit that will go, for one that is not told', { target: settings(SMALL, ['max.message.bytes']) }, true, []],
    [
      'a limit that the engine will copy, though the target has a larger one',
      { source: settings(SMALL, ['max.message.bytes']) },
      true,
      [],
    ],
    [
      'compaction',
      { target: settings({ 'cleanup.policy': 'compact' }) },
      false,
      [['warning', /cleanup.policy=compact/]],
    ],
    [
      'the same policies in another order',
      {
        source: settings({ 'cleanup.policy': 'compact,delete' }),
        target: settings({ 'cleanup.policy': 'delete, compact' }),
      },
      false,
      [],
    ],
    [
      'times of arrival',
      { target: settings({ 'message.timestamp.type': 'LogAppendTime' }) },
      true,
      [['warning', /LogAppendTime/]],
    ],
  ])('%s', (_, changed, copied, wanted) => {
    const [first, ...found] = checkTopics([topicFacts(changed)], CLUSTERS, copied)
    expect(first).toMatchObject({ severity: 'ok' })
    expect(found.map(({ severity, what }) => [severity, what])).toEqual(
      wanted.map(([severity, what]) => [severity, expect.stringMatching(what)]),
    )
  })

  test('none selected is a warning', () => {
    expect(checkTopics([], CLUSTERS, true)).toMatchObject([{ severity: 'warning', what: 'no topic is selected' }])
  })

  test('the fix is the command for the side that is to change', () => {
    const fixes = (changed: Partial<TopicFacts>) => checkTopics([topicFacts(changed)], CLUSTERS, false)[1]!.fix
    expect(fixes({ targetPartitions: 1 })).toMatch(/^kafka-topics\.sh .* --alter --topic orders --partitions 3$/)
    expect(fixes({ target: settings(SMALL) })).toMatch(/--add-config max\.message\.bytes=1048588$/)
    expect(fixes({ target: settings({ 'cleanup.policy': 'compact' }) })).toMatch(/'cleanup\.policy=\[delete\]'$/)
  })
})

describe('timestamps', () => {
  const target = (values: Record<string, string>) => [topicFacts({ target: settings(values) })]
  const old = [{ sourceTopic: 'orders', oldest: NOW - 10_000, future: undefined }]
  const early = [{ sourceTopic: 'orders', oldest: undefined, future: NOW + 10_000 }]
  test.each<[string, TopicFacts[], typeof old | typeof early, number]>([
    ['no limit', target({}), old, 0],
    ['older than allowed', target({ 'message.timestamp.before.max.ms': '9999' }), old, 1],
    ['as old as allowed', target({ 'message.timestamp.before.max.ms': '10000' }), old, 0],
    ['the limit before Kafka 3.6', target({ 'message.timestamp.difference.max.ms': '9999' }), old, 1],
    ['the limit for the other direction', target({ 'message.timestamp.after.max.ms': '9999' }), old, 0],
    ['later than allowed', target({ 'message.timestamp.after.max.ms': '9999' }), early, 1],
    [
      'a target that sets its own time judges none',
      target({ 'message.timestamp.before.max.ms': '1', 'message.timestamp.type': 'LogAppendTime' }),
      old,
      0,
    ],
  ])('%s', (_, topics, times, errors) => {
    const found = checkTimestamps(topics, times, CLUSTERS.target, NOW)
    expect(found.filter(({ severity }) => severity === 'error')).toHaveLength(errors)
  })

  test('clocks are unknown, unless a record proves one wrong', () => {
    expect(checkClocks(CLUSTERS.source, old, NOW)).toMatchObject([{ severity: 'unknown' }])
    const found = checkClocks(CLUSTERS.source, [{ ...old[0]!, future: NOW + 90_000 }], NOW)
    expect(found).toMatchObject([{ severity: 'warning', what: expect.stringContaining('90 s in the future') }])
  })
})

describe('groups', () => {
  const facts = (states: Record<string, string>, changed = {}): GroupFacts => ({
    groups: Object.entries(states).map(([group, state]) => {
      return { group, state, type: 'classic', protocolType: 'consumer', ...changed }
    }),
    problems: [],
  })
  const check = (source: GroupFacts, target: GroupFacts, isSelected: (group: string) => boolean = () => true) =>
    checkGroups(isSelected, { facts: CLUSTERS.source, groups: source }, { facts: CLUSTERS.target, groups: target }).map(
      ({ severity }) => severity,
    )

  test.each<[string, GroupFacts, GroupFacts, Severity[]]>([
    ['none', facts({}), facts({}), ['ok']],
    ['members on the source only', facts({ a: 'Stable' }), facts({ a: 'Empty' }), ['ok']],
    ['members on both', facts({ a: 'Stable' }), facts({ a: 'Stable' }), ['ok', 'warning']],
    ['members on the target only', facts({ a: 'Empty' }), facts({ a: 'Reconciling' }), ['ok', 'warning']],
    ['Connect', facts({ a: 'Empty' }, { protocolType: 'connect' }), facts({}), ['ok', 'warning']],
    ['a share group', facts({ a: 'Empty' }, { type: 'share', protocolType: 'share' }), facts({}), ['ok', 'warning']],
    ['a broker is silent', { groups: [], problems: ['b2 is silent'] }, facts({}), ['unknown']],
  ])('%s', (_, source, target, severities) => {
    expect(check(source, target)).toEqual(severities)
  })

  test('only selected ones are looked at', () => {
    expect(check(facts({ a: 'Stable' }), facts({ a: 'Stable' }), () => false)).toEqual(['ok'])
  })
})

describe('retention', () => {
  const HOUR = 3_600_000
  const keeping = (ms: string, policy = 'delete') =>
    topicFacts({ source: settings({ 'retention.ms': ms, 'cleanup.policy': policy }) })

  test.each<[string, TopicFacts, number | undefined]>([
    ['a week: six hours before', keeping(String(168 * HOUR)), 6 * HOUR],
    ['four hours: one before', keeping(String(4 * HOUR)), HOUR],
    ['for ever', keeping('-1'), undefined],
    ['compacted only', keeping(String(4 * HOUR), 'compact'), undefined],
    ['not known', topicFacts({ source: undefined }), undefined],
  ])('%s', (_, topic, horizonMs) => {
    expect(horizonOf(topic)?.horizonMs).toBe(horizonMs)
  })

  test.each<[string, number[] | undefined, Severity]>([
    ['nothing is late', [], 'ok'],
    ['two partitions are', [0, 2], 'warning'],
    ['not known', undefined, 'unknown'],
  ])('%s', (_, partitions, severity) => {
    const found = checkRetention([keeping('1000')], [{ sourceTopic: 'orders', partitions }], CLUSTERS.source)
    expect(found).toMatchObject([{ severity }])
    if (severity === 'warning') expect(found[0]!.fix).toMatch(/--topic orders --add-config retention\.ms=2000$/)
  })
})
