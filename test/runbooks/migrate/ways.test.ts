import { expect, test } from 'vitest'
import type { ReplicatorOptions } from '../../../src/replication/replicator-options.ts'
import { whyNotBothWays } from '../../../src/runbooks/migrate/ways.ts'
import { optionsFor, type TestOptions } from '../../support/start-replicator.ts'

const EAST = { alias: 'east', reference: 'arn:east', expectedClusterId: 'E' }
const WEST = { alias: 'west', reference: 'arn:west', expectedClusterId: 'W' }
type End = Partial<ReplicatorOptions['source']>

function replicator(name: string, source: End, target: End, more: Partial<TestOptions> = {}): ReplicatorOptions {
  const none = { kafka: { clusterId: '', bootstrapServers: '' } } as never
  const options = optionsFor({ source: none, target: none }, {
    ...{ name, topics: 'x', groups: { include: ['.*'], mode: 'enhanced' } },
    ...more,
  } as TestOptions)
  return { ...options, source: { ...options.source, ...source }, target: { ...options.target, ...target } }
}

const there = replicator('there', EAST, WEST)
const back = replicator('back', WEST, EAST)
const byReference = (end: End) => ({ ...end, expectedClusterId: undefined })

test.each<[string, ReplicatorOptions, ReplicatorOptions, string | undefined]>([
  ['each is the way back of the other', there, back, undefined],
  ['in the other order too', back, there, undefined],
  [
    'one cluster has two names',
    there,
    replicator('back', { ...WEST, reference: 'w' }, { ...EAST, alias: 'e' }),
    undefined,
  ],
  ['ids are not known (MSK): their ARNs', there, replicator('back', byReference(WEST), byReference(EAST)), undefined],
  [
    'both go the same way',
    there,
    replicator('b', EAST, WEST),
    'b is not the way back of there: one goes from east to west, the other from east to west',
  ],
  [
    'the other comes from elsewhere',
    there,
    replicator('b', { alias: 'north', expectedClusterId: 'N' }, EAST),
    'the other from north to east',
  ],
  [
    'the other goes elsewhere',
    there,
    replicator('b', WEST, { alias: 'north', expectedClusterId: 'N' }),
    'the other from west to north',
  ],
  [
    'the same name, another cluster',
    there,
    replicator('b', { ...WEST, expectedClusterId: 'N' }, EAST),
    'not the way back',
  ],
  ['LEGACY', there, replicator('b', WEST, EAST, { groups: '.*' }), 'b moves groups one way only'],
  ['LEGACY there', replicator('a', EAST, WEST, { groups: '.*' }), back, 'a moves groups one way only'],
  ['no groups', there, replicator('b', WEST, EAST, { groups: { synchronise: false } }), 'b does not synchronise'],
  ['prefixed', there, replicator('b', WEST, EAST, { topics: { naming: 'prefixed' } }), 'b does not keep the names'],
])('%s', (_, one, other, why) => {
  const said = whyNotBothWays({ there: one, back: other })
  if (why === undefined) expect(said).toBeUndefined()
  else expect(said).toContain(why)
})
