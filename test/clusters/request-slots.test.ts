import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RequestSlots } from '../../src/clusters/request-slots.js'

const REQUEST = fc.record({
  nodeId: fc.nat(2),
  arrives: fc.nat(20),
  lasts: fc.integer({ min: 1, max: 5 }),
  fails: fc.boolean(),
})

test('so many a broker are under way at once, in order, and a broken one keeps no place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(REQUEST, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), async (plan, limit) => {
      const slots = new RequestSlots(limit)
      const rows = [0, 1, 2].map(() => ({ underway: 0, most: 0, asked: [] as number[], started: [] as number[] }))
      const run = async ({ nodeId, arrives, lasts, fails }: (typeof plan)[number], i: number) => {
        const row = rows[nodeId]!
        await turns(arrives)
        row.asked.push(i)
        await slots.run(nodeId, async () => {
          row.started.push(i)
          row.most = Math.max(row.most, ++row.underway)
          await turns(lasts)
          row.underway--
          if (fails) throw new Error('broken')
        })
      }
      const results = await Promise.allSettled(plan.map(run))
      expect(results.map(({ status }) => status === 'rejected')).toEqual(plan.map(({ fails }) => fails))
      for (const { asked, started } of rows) expect(started).toEqual(asked)
      expect(Math.max(...rows.map(({ most }) => most))).toBeLessThanOrEqual(limit)
    }),
  )
})

test('one broker does not wait for another, and a place that is free is taken at once', async () => {
  const slots = new RequestSlots(2)
  const started: string[] = []
  const never = (name: string) => () => {
    started.push(name)
    return new Promise<never>(() => {})
  }
  for (const name of ['a', 'b', 'c']) void slots.run(1, never(name))
  void slots.run(2, never('d'))
  await turns(10)
  expect(started).toEqual(['a', 'b', 'd'])
})

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}
