import { beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { verifyReplicator } from '../../src/verification/verify-replicator.js'
import { optionsFor, startReplicator } from '../support/start-replicator.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ value: `value ${n}` }))

test('--last reads the last copied records alone, and finds what is wrong among them and behind them', async () => {
  const { source, target } = clusters
  const options = { id: 'last', topics: 'orders' }
  await source.client.createTopic('orders', 1)
  await source.client.produce('orders', numbered(50))
  const replicator = await startReplicator(clusters, options)
  await replicator.untilCaughtUp('orders')
  await replicator.stop()

  const verify = async (lastRecords: number | undefined, strictTarget = false) => {
    const request = { topics: [], upToCopied: false, strictTarget, differencesPerPartition: 5, lastRecords }
    const { verdict, recordsEqual } = await verifyReplicator(optionsFor(clusters, options), request, systemClock)
    return { verdict, recordsEqual }
  }
  expect(await verify(undefined)).toEqual({ verdict: 'equal', recordsEqual: 50 })
  expect(await verify(10)).toEqual({ verdict: 'equal', recordsEqual: 10 })
  expect(await verify(1_000)).toEqual({ verdict: 'equal', recordsEqual: 50 })
  await target.client.produce('orders', [{ value: 'nobody copied this' }])
  expect(await verify(10, true)).toMatchObject({ verdict: 'different' })
  await source.client.produce('orders', [{ value: 'not copied yet' }])
  expect(await verify(10)).toMatchObject({ verdict: 'behind', recordsEqual: 10 })
}, 60_000)
