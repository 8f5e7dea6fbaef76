import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { everyTopicAcls, isCopiedAcl, missingAcls } from '../../src/policy/acl-plan.js'
import { type Acl, AclOperation, AclPermission } from '../../src/wire/messages/create-acls.js'

const { Allow, Deny } = AclPermission
type Operation = keyof typeof AclOperation

function acl(changes: Partial<Acl> = {}): Acl {
  const usual = { topic: 'orders', principal: 'User:alice', host: '*', operation: AclOperation.Read, permission: Allow }
  return { ...usual, ...changes }
}

describe('which rules about a copied topic travel', () => {
  test.each<[Operation, allow: boolean, deny: boolean]>([
    ['Alter', true, true],
    ['AlterConfigs', true, true],
    ['Create', true, true],
    ['Delete', true, true],
    ['Describe', true, true],
    ['DescribeConfigs', true, true],
    ['Read', true, true],
    ['Write', false, true],
    ['All', false, false],
    ['ClusterAction', false, false],
    ['IdempotentWrite', false, false],
  ])('%s: allowed %s, denied %s', (name, allow, deny) => {
    const operation = AclOperation[name]
    expect(isCopiedAcl(acl({ operation, permission: Allow }))).toBe(allow)
    expect(isCopiedAcl(acl({ operation, permission: Deny }))).toBe(deny)
  })

  test('an operation that Kafka gets one day does not', () => {
    expect(isCopiedAcl(acl({ operation: 99 }))).toBe(false)
  })
})

describe('what the target lacks', () => {
  const names = new Map([
    ['orders', 'east.orders'],
    ['payments', 'east.payments'],
  ])

  test.each<[string, source: Acl[], target: Acl[], missing: Acl[]]>([
    ['is created under the name there', [acl()], [], [acl({ topic: 'east.orders' })]],
    ['is not what is there', [acl()], [acl({ topic: 'east.orders' })], []],
    [
      'another principal is another rule',
      [acl()],
      [acl({ topic: 'east.orders', principal: 'User:bob' })],
      [acl({ topic: 'east.orders' })],
    ],
    [
      'another host is another rule',
      [acl()],
      [acl({ topic: 'east.orders', host: '10.0.0.1' })],
      [acl({ topic: 'east.orders' })],
    ],
    ['the source name on the target is another topic', [acl()], [acl()], [acl({ topic: 'east.orders' })]],
    ['rules about topics that are not copied stay', [acl({ topic: 'other' })], [], []],
    ['rules about "*" stay', [acl({ topic: '*' })], [], []],
    ['the right to write stays', [acl({ operation: AclOperation.Write })], [], []],
    ['a rule that the source has no longer is not taken away', [], [acl({ topic: 'east.orders' })], []],
  ])('%s', (_name, source, target, missing) => {
    expect(missingAcls(source, names, target)).toEqual(missing)
  })

  const anyAcl = fc.record({
    topic: fc.constantFrom('orders', 'payments', 'east.orders', 'other', '*'),
    principal: fc.constantFrom('User:alice', 'User:*'),
    host: fc.constantFrom('*', '10.0.0.1'),
    operation: fc.nat(13),
    permission: fc.constantFrom(Allow, Deny),
  })

  test('whatever the rules: creating what is missing leaves nothing to do, and nobody is allowed to write', () => {
    fc.assert(
      fc.property(fc.array(anyAcl), fc.array(anyAcl), (source, target) => {
        const missing = missingAcls(source, names, target)
        expect(missingAcls(source, names, [...target, ...missing])).toEqual([])
        expect(missing.filter(({ topic }) => !topic.startsWith('east.'))).toEqual([])
        const opening = [AclOperation.Write, AclOperation.All] as readonly number[]
        expect(
          missing.filter(({ operation, permission }) => permission === Allow && opening.includes(operation)),
        ).toEqual([])
      }),
    )
  })
})

test('rules about "*" are told when they would travel', () => {
  const everyTopic = acl({ topic: '*' })
  expect(everyTopicAcls([everyTopic, acl(), acl({ topic: '*', operation: AclOperation.Write })])).toEqual([everyTopic])
})
