import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { STOP_ALWAYS } from '../../src/policy/obstacle-policy.js'
import type { PartitionCopy } from '../../src/records/partition-copy.js'
import { CopySupervisor, type SupervisedClusters, type SupervisedWork } from '../../src/replication/copy-supervisor.js'

/** Brings such a partition to work; answers whether anything was looked up for it. */
async function isBrought(state: { isResuming: boolean }): Promise<boolean> {
  let asked = 0
  const work = {
    get store(): never {
      asked++
      throw new Error('no notes here')
    },
  }
  const copy = { ...state, isStopped: false, waitForTarget: () => {} } as unknown as PartitionCopy
  const supervisor = new CopySupervisor(
    {} as SupervisedClusters,
    STOP_ALWAYS,
    systemClock,
    () => {},
    () => {},
  )
  supervisor.begin(work as unknown as SupervisedWork)
  supervisor.bring(copy)
  await systemClock.sleep(10)
  await supervisor.stop()
  return asked > 0
}

test('a partition that is at work, or was left, is not brought to work again by a try that comes late', async () => {
  expect(await isBrought({ isResuming: true })).toBe(true)
  // The target must not be asked how far it is while anything is in flight.
  expect(await isBrought({ isResuming: false })).toBe(false)
})
