import { expect, test } from 'vitest'
import { checkRights, type RightsWanted, rightsNeeded } from '../../src/doctor/check-rights.js'
import type { AllowedOn, Operation } from '../../src/doctor/facts.js'
import { AclOperation } from '../../src/wire/messages/create-acls.js'
import { LEAST_RIGHTS } from '../support/kafka-rights.js'
import { clusterFacts } from './facts.js'

const ALL: RightsWanted = { copyConfigurations: true, copyAccessControlLists: true, synchroniseGroups: true }
const NONE: RightsWanted = { copyConfigurations: false, copyAccessControlLists: false, synchroniseGroups: false }

const bits = (operations: readonly string[]) =>
  operations.reduce((sum, name) => sum | (1 << AclOperation[name as Operation]), 0)
const on = (kind: AllowedOn['kind'], operations: readonly string[] | undefined, name = 'orders', isOurs = false) => {
  return { kind, name, operations: operations && bits(operations), isOurs } satisfies AllowedOn
}

test.each(['source', 'target'] as const)(
  'what is asked for on the %s is what README.md lists, which is tested',
  side => {
    const listed = LEAST_RIGHTS[side].flatMap(({ operations, resource }) => operations.map(one => `${resource} ${one}`))
    const needed = rightsNeeded(side, ALL).map(({ kind, operation }) => `${kind} ${operation}`)
    expect(needed.toSorted()).toEqual(listed.toSorted())
  },
)

test('what is not to be copied needs no right', () => {
  expect(rightsNeeded('source', NONE).map(({ operation }) => operation)).toEqual(['Describe', 'Read'])
})

const TARGET = clusterFacts({ side: 'target' })
const TOPIC_ALL = ['Create', 'Alter', 'AlterConfigs', 'Describe', 'DescribeConfigs', 'Read', 'Write']
const without = (...names: string[]) => TOPIC_ALL.filter(name => !names.includes(name))

test.each<[string, AllowedOn[], string[]]>([
  ['everything', [on('topic', TOPIC_ALL)], []],
  [
    'no Write on two topics',
    [on('topic', without('Write'), 'a'), on('topic', without('Write'), 'b')],
    ['Write on 2 topics (a, b)'],
  ],
  ['our own topics are not altered', [on('topic', without('Alter', 'AlterConfigs'), '__ours', true)], []],
  ['others are', [on('topic', without('Alter'))], ['Alter on 1 topic (orders)']],
  [
    'Create on the cluster is as good',
    [on('topic', without('Create')), on('cluster', ['Create', 'Describe', 'Alter'])],
    [],
  ],
  ['not without it', [on('topic', without('Create'))], ['Create on 1 topic (orders)']],
  ['what may not be described tells nothing else', [on('topic', [])], ['Describe on 1 topic (orders)']],
  ['groups', [on('group', ['Describe'], 'billing')], ['Read on 1 group (billing)']],
  ['the cluster', [on('cluster', ['Describe'], 'kafka-cluster')], ['Alter on the cluster']],
])('%s', (_, allowed, lacking) => {
  const errors = checkRights(TARGET, ALL, allowed).filter(({ severity }) => severity === 'error')
  expect(errors.map(({ what }) => what)).toEqual(lacking.map(text => `User:anna lacks ${text} of east`))
})

test('what a broker does not tell is unknown, and no missing right', () => {
  const found = checkRights(TARGET, ALL, [on('topic', undefined)])
  expect(found.map(({ severity }) => severity)).toEqual(['ok', 'unknown'])
  expect(checkRights(TARGET, ALL, []).map(({ severity }) => severity)).toEqual(['unknown'])
})

test('the command gives exactly what is missing; where nothing is told, all that is needed', () => {
  const command = (allowed: AllowedOn[]) => checkRights(TARGET, ALL, allowed)[0]!.fix
  const begin =
    'kafka-acls.sh --bootstrap-server b1.test:9098 --command-config admin.properties --add --allow-principal User:anna'
  expect(command([on('topic', without('Read'), 'a'), on('topic', without('Read'), 'b')])).toBe(
    `${begin} --operation Read --topic a --topic b`,
  )
  expect(command([on('group', [], "it's")])).toBe(`${begin} --operation Describe --operation Read --group 'it'\\''s'`)
  const many = Array.from({ length: 21 }, (_, i) => on('topic', without('Read'), `t${i}`))
  expect(command(many)).toBe(`${begin} --operation Read --topic '*'`)
})
