import { expect, test } from 'vitest'
import { ClusterHealth } from '../../src/clusters/cluster-health.js'
import { TargetWriter } from '../../src/records/target-writer.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import type { Connection } from '../../src/wire/connection.js'
import { FakeClock } from '../progress/fake-cluster.js'
import { big, CopyBench } from './copy-bench.js'

test('a target that throttles is noted, and what it has taken counts all the same', async () => {
  const clock = new FakeClock()
  const health = new ClusterHealth(clock)
  const bench = await CopyBench.begin()
  const connection = { isOpen: true, send: async () => produced(900, 120), close: () => {} } as unknown as Connection
  const writer = new TargetWriter(connection, { alias: 'target', principal: 'User:ANONYMOUS', health }, clock)
  bench.accept(big(0, 1))
  writer.announce(bench.copy)
  writer.pump()
  await expect.poll(() => bench.progress()).toEqual([101, 41, 901])
  health.answered()
  expect(health.throttleMsMax).toBe(120)
})

/** Produce Response (Version: 8) for orders-0: appended at `baseOffset`. */
function produced(baseOffset: number, throttleMs: number): Buffer {
  const row = new ByteWriter().int32(1).string('orders').int32(1).int32(0).int16(0).int64(baseOffset).int64(-1).int64(0)
  return row.int32(0).nullableString(null).int32(throttleMs).bytes()
}
