import { expect, test } from 'vitest'
import type { ReplicationEvent } from '../../src/events.ts'
import type { PartitionCopy } from '../../src/records/partition-copy.ts'
import { ForbiddenPartitions } from '../../src/replication/forbidden-partitions.ts'

/** Time that passes when the test says so. */
function handClock() {
  const sleeping: (() => void)[] = []
  const sleep = () => new Promise<void>(resolve => void sleeping.push(resolve))
  const pass = async () => {
    for (const wake of sleeping.splice(0)) wake()
    await new Promise(resolve => setImmediate(resolve))
  }
  return { clock: { now: () => 0, monotonic: () => 0, sleep }, pass }
}

function world() {
  const told: string[] = []
  const { clock, pass } = handClock()
  const stopping = new AbortController()
  const progress = { next: { offset: 7, epoch: 0 }, markChanged: () => {} }
  const copy = { name: 'orders-0', sourceTopic: 'orders', partition: 0, progress } as unknown as PartitionCopy
  const emit = ({ code }: ReplicationEvent) => void told.push(code)
  const bring = () => void told.push('bring')
  return {
    forbidden: new ForbiddenPartitions(clock, emit, bring, stopping.signal),
    copy,
    progress,
    told,
    pass,
    stopping,
  }
}

test('it is brought to work after a pause, again and again, and told once', async () => {
  const { forbidden, copy, told, pass } = world()
  forbidden.tryLater(copy, 'no right')
  expect(told).toEqual(['partition-waiting'])
  for (let round = 1; round <= 3; round++) {
    await pass()
    forbidden.tryLater(copy, 'no right')
    await pass()
  }
  expect(told.filter(code => code !== 'bring')).toEqual(['partition-waiting'])
  expect(told.filter(code => code === 'bring').length).toBeGreaterThanOrEqual(3)
})

test('once it moves on that is told, once', async () => {
  const { forbidden, copy, progress, told, pass } = world()
  forbidden.tryLater(copy, 'no right')
  await pass()
  progress.next.offset = 9
  await pass()
  await pass()
  expect(told).toEqual(['partition-waiting', 'bring', 'partition-resumed'])
})

test('a replicator that stops brings nothing back', async () => {
  const { forbidden, copy, told, pass, stopping } = world()
  forbidden.tryLater(copy, 'no right')
  stopping.abort()
  await pass()
  await pass()
  expect(told).toEqual(['partition-waiting'])
})
