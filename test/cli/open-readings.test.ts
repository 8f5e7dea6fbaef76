import { expect, test } from 'vitest'
import { OpenReadings } from '../../src/cli/open-readings.ts'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.ts'
import { storedStatus } from '../support/stored-status.ts'

const options = (id: string) => ({ id }) as ReplicatorOptions

test('each replicator is opened once, at its first look, and all are closed', async () => {
  const told: string[] = []
  const readings = new OpenReadings(({ id }) => {
    told.push(`open ${id}`)
    return { read: async () => storedStatus({ replicatorName: id }), close: () => told.push(`close ${id}`) }
  })
  expect((await readings.read(options('a'))).replicatorName).toBe('a')
  expect((await readings.read(options('b'))).replicatorName).toBe('b')
  await readings.read(options('a'))
  readings.close()
  expect(told).toEqual(['open a', 'open b', 'close a', 'close b'])
})

test('who asks while a look is under way sees the same; the next one looks again', async () => {
  let looks = 0
  const read = async () => storedStatus({ heartbeatAgeMs: ++looks })
  const readings = new OpenReadings(() => ({ read, close: () => {} }))
  const [one, other] = await Promise.all([readings.read(options('a')), readings.read(options('a'))])
  expect(one).toBe(other)
  expect((await readings.read(options('a'))).heartbeatAgeMs).toBe(2)
})
