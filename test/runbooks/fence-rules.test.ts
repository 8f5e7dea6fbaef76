import { expect, test } from 'vitest'
import { fenceRule, missingFenceRules, removalCommand } from '../../src/runbooks/fence-rules.ts'
import { type Acl, AclOperation, AclPermission } from '../../src/wire/messages/create-acls.ts'

const THERE: Acl = fenceRule('orders')

test('a rule that is there already is not ours, so it is neither added nor removed', () => {
  expect(missingFenceRules([THERE], ['orders', 'payments'])).toEqual([fenceRule('payments')])
})

test.each<[string, Partial<Acl>]>([
  ['one for somebody', { principal: 'User:bob' }],
  ['one for a host', { host: '10.0.0.1' }],
  ['one about reading', { operation: AclOperation.Read }],
  ['one that allows', { permission: AclPermission.Allow }],
  ['one about another topic', { topic: 'payments' }],
])('%s keeps nobody else out, so ours is still needed', (_name, other) => {
  expect(missingFenceRules([{ ...THERE, ...other }], ['orders'])).toEqual([THERE])
})

test('the command that removes them by hand', () => {
  expect(removalCommand(['a:9092', 'b:9092'], ['orders', 'payments'])).toBe(
    "kafka-acls.sh --bootstrap-server a:9092,b:9092 --remove --force --deny-principal 'User:*' --deny-host '*' --operation Write --topic orders --topic payments",
  )
})
