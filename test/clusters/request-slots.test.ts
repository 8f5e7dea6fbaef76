import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RequestSlots } from '../../src/clusters/request-slots.js'

test('so many a broker are under way at once, in order, and a broken one keeps no place', async () => {
  const requests = fc.array(
    fc.record({ nodeId: fc.nat(2), turns: fc.integer({ min: 1, max: 5 }), fails: fc.boolean() }),
    { maxLength: 40 },
  )
  await fc.assert(
    fc.asyncProperty(requests, fc.integer({ min: 1, max: 3 }), async (plan, limit) => {
      const slots = new RequestSlots(limit)
      const underway = [0, 0, 0]
      const most = [0, 0, 0]
      const started: number[][] = [[], [], []]
      const run = async ({ nodeId, turns, fails }: (typeof plan)[number], i: number) => {
        started[nodeId]!.push(i)
        most[nodeId] = Math.max(most[nodeId]!, ++underway[nodeId]!)
        for (let turn = 0; turn < turns; turn++) await Promise.resolve()
        underway[nodeId]!--
        if (fails) throw new Error(`${i}`)
        return i
      }
      const results = await Promise.allSettled(plan.map((one, i) => slots.run(one.nodeId, () => run(one, i))))
      expect(results.map(({ status }) => status === 'rejected')).toEqual(plan.map(({ fails }) => fails))
      for (const nodeId of [0, 1, 2]) {
        const own = plan.flatMap((one, i) => (one.nodeId === nodeId ? [i] : []))
        expect(started[nodeId]).toEqual(own)
        expect(most[nodeId]).toBe(Math.min(limit, own.length))
      }
    }),
  )
})
