import { expect, test } from 'vitest'
import type { AskedCluster } from '../../src/doctor/ask-cluster.js'
import { allowedOnGroups } from '../../src/doctor/ask-rights.js'
import { AclOperation } from '../../src/wire/messages/create-acls.js'
import { describeGroupRights, type GroupRights } from '../../src/wire/messages/describe-groups.js'

const DESCRIBE = 1 << AclOperation.Describe
const BOTH = DESCRIBE | (1 << AclOperation.Read)
const FORBIDDEN = 30
const NOT_COORDINATOR = 16
const UNKNOWN_MEMBER = 25

/** Answers as brokers do, or not at all. */
function cluster(described: Omit<GroupRights, 'group'> | undefined, heartbeat: number | undefined) {
  const ask = async (api: { name: string }, request: unknown) => {
    const value =
      api.name === describeGroupRights.name
        ? described && (request as string[]).map(group => ({ group, ...described }))
        : heartbeat
    return value === undefined ? { value, problem: 'no answer' } : { value, problem: null }
  }
  return { ask } as unknown as Pick<AskedCluster, 'ask'>
}

test.each<[string, Omit<GroupRights, 'group'> | undefined, number | undefined, number | undefined]>([
  ['the coordinator tells all', { errorCode: 0, operations: BOTH }, undefined, BOTH],
  ['it may not be described', { errorCode: FORBIDDEN, operations: undefined }, undefined, 0],
  ['another broker: it may be read', { errorCode: NOT_COORDINATOR, operations: undefined }, UNKNOWN_MEMBER, BOTH],
  ['another broker: it may not', { errorCode: NOT_COORDINATOR, operations: undefined }, FORBIDDEN, DESCRIBE],
  ['no second answer', { errorCode: NOT_COORDINATOR, operations: undefined }, undefined, undefined],
  ['no answer at all', undefined, undefined, undefined],
])('%s', async (_, described, heartbeat, operations) => {
  expect(await allowedOnGroups(cluster(described, heartbeat), ['billing'])).toEqual([
    { kind: 'group', name: 'billing', operations, isOurs: false },
  ])
})

test('of very many groups the first hundred are asked', async () => {
  const names = Array.from({ length: 150 }, (_, i) => `group-${i}`)
  expect(await allowedOnGroups(cluster({ errorCode: 0, operations: BOTH }, 0), names)).toHaveLength(100)
})
