import { beforeAll, expect, test } from 'vitest'
import { preflight } from '../../src/replication/preflight.js'
import { optionsFor, startReplicator } from '../support/start-replicator.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

let forth: TwoClusters
let back: TwoClusters
beforeAll(async () => {
  forth = await startTwoClusters()
  back = { source: forth.target, target: forth.source }
})

test('identical names in the second direction are refused with 5, prefixed ones are not', async () => {
  await forth.source.client.createTopic('orders', 1)
  const first = await startReplicator(forth, { topics: 'orders' })

  const refusal = { exitCode: 5, message: expect.stringContaining('would repeat every record for ever') }
  await expect(startReplicator(back, { topics: 'orders' })).rejects.toMatchObject(refusal)
  await expect(preflight(optionsFor(back, { topics: 'orders' }))).rejects.toMatchObject(refusal)

  // Stopped is not gone: it may start again at any time.
  await first.stop()
  await expect(preflight(optionsFor(back, { topics: 'orders' }))).rejects.toMatchObject(refusal)
  await preflight(optionsFor(back, { topics: { include: ['orders'], naming: 'prefixed' } }))
})

test('a replicator that goes on in its own direction is not refused', async () => {
  await preflight(optionsFor(forth, { topics: 'orders' }))
})
