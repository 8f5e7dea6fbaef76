import { expect, test } from 'vitest'
import { BufferPool, type Lease } from '../../src/records/buffer-pool.js'

test('no more buffers are out than there are, and those who wait get theirs in order', async () => {
  const pool = new BufferPool(16, 2)
  const got: string[] = []
  const [first, second] = [await pool.lease(), await pool.lease()]
  const third = pool.lease().then(lease => noted('third', lease))
  const fourth = pool.lease().then(lease => noted('fourth', lease))
  await nextTurn()
  expect(got).toEqual([])

  second.release()
  await nextTurn()
  expect(got).toEqual(['third'])
  first.release()
  await Promise.all([third, fourth])
  expect(got).toEqual(['third', 'fourth'])

  function noted(name: string, lease: Lease): Lease {
    got.push(name)
    return lease
  }
})

test('the same memory is used again and again', async () => {
  const pool = new BufferPool(16, 1)
  const buffers = new Set<Buffer>()
  for (let n = 0; n < 5; n++) {
    const lease = await pool.lease()
    buffers.add(lease.room(16))
    lease.release()
  }
  expect(buffers.size).toBe(1)
})

test('a buffer comes back only when everyone who retained it has released it', async () => {
  const pool = new BufferPool(16, 1)
  const lease = await pool.lease()
  lease.retain()
  let isBack = false
  const next = pool.lease().then(() => {
    isBack = true
  })
  lease.release()
  await nextTurn()
  expect(isBack).toBe(false)
  lease.release()
  await next
})

test('an answer larger than a buffer gets its own memory, and the pool stays as it is', async () => {
  const pool = new BufferPool(16, 1)
  const lease = await pool.lease()
  expect(lease.room(100)).toHaveLength(100)
  lease.release()
  expect((await pool.lease()).room(16)).toHaveLength(16)
})

test('a second release of the same hold is a mistake of ours and is said', async () => {
  const lease = await new BufferPool(16, 1).lease()
  lease.release()
  expect(() => lease.release()).toThrow(/released twice/)
})

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
