import { beforeAll, expect, test } from 'vitest'
import { loadCodec } from '../../src/codecs/codecs.js'
import type { Outcome } from './history/outcome.js'
import { runRing } from './history/ring.js'
import { runHistory } from './history/run-history.js'
import { KNOWN_FAULTS } from './known-faults.js'

const HISTORIES = 150
const RINGS = 8
/** Some 10 s of processor time for all; on a machine that also starts brokers the clock says far more. */
const TIMEOUT_MS = 300_000
const usual = { twins: false, together: false, overlap: false, without: KNOWN_FAULTS.map(({ fault }) => fault) }

beforeAll(async () => {
  for (const codec of ['NONE', 'GZIP'] as const) await loadCodec(codec)
})

async function allAreWell(count: number, run: (seed: number) => Promise<Outcome>): Promise<void> {
  for (let seed = 1; seed <= count; seed++) {
    const { violation, trace } = await run(seed)
    if (violation !== undefined) throw new Error(`seed ${seed}: ${violation}\n${trace.slice(-60).join('\n')}`)
  }
}

test(
  `${HISTORIES} histories with faults end as they must (more of them: npm run simulate)`,
  () => allAreWell(HISTORIES, seed => runHistory(seed, usual)),
  TIMEOUT_MS,
)

test(
  'two clusters both ways, and three in a ring, get every record once and come to rest',
  async () => {
    await allAreWell(RINGS, seed => runRing(seed, 2, true))
    await allAreWell(RINGS, seed => runRing(seed, 3, false))
  },
  TIMEOUT_MS,
)

test('a seed gives the same history every time', async () => {
  const [first, second] = [await runHistory(7, usual), await runHistory(7, usual)]
  expect(first.trace.length).toBeGreaterThan(50)
  expect(second.trace).toEqual(first.trace)
})
