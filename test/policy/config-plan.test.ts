import { expect, test } from 'vitest'
import { isCopiedConfig, planConfigs } from '../../src/policy/config-plan.js'

const configs = (object: Record<string, string>) => new Map(Object.entries(object))

test.each([
  ['nothing differs', { a: '1' }, { a: '1' }, []],
  ['a value differs', { a: '2' }, { a: '1' }, [{ name: 'a', value: '2' }]],
  ['only the source sets it', { a: '1', b: '2' }, { a: '1' }, [{ name: 'b', value: '2' }]],
  ['only the target sets it', {}, { a: '1' }, [{ name: 'a', value: null }]],
  ['an empty value is a value', { a: '' }, {}, [{ name: 'a', value: '' }]],
])('%s', (_name, source, target, changes) => {
  expect(planConfigs(configs(source), configs(target))).toEqual(changes)
})

const STAYS = [
  'min.insync.replicas',
  'unclean.leader.election.enable',
  'message.timestamp.type',
  'message.timestamp.difference.max.ms',
  'message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms',
  'message.format.version',
  'message.downconversion.enable',
  'follower.replication.throttled.replicas',
  'leader.replication.throttled.replicas',
  'remote.storage.enable',
]

test.each(STAYS)('%s is neither set, changed nor removed', name => {
  expect(isCopiedConfig(name)).toBe(false)
  expect(planConfigs(configs({ [name]: 'x' }), configs({ [name]: 'y' }))).toEqual([])
  expect(planConfigs(configs({ [name]: 'x' }), configs({}))).toEqual([])
  expect(planConfigs(configs({}), configs({ [name]: 'y' }))).toEqual([])
})

test('planning again after it was carried out changes nothing', () => {
  const source = configs({ 'retention.ms': '1', 'cleanup.policy': 'compact', 'min.insync.replicas': '2' })
  const target = configs({ 'segment.bytes': '7', 'retention.ms': '9', 'min.insync.replicas': '1' })
  for (const { name, value } of planConfigs(source, target)) {
    if (value === null) target.delete(name)
    else target.set(name, value)
  }
  expect(planConfigs(source, target)).toEqual([])
})
