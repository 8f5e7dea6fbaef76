import { beforeAll, expect, test } from 'vitest'
import { loadCodec } from '../../src/codecs/codecs.js'
import { runHistory } from './history/run-history.js'
import { KNOWN_FAULTS } from './known-faults.js'

const HISTORIES = 200
/** Some 5 s of processor time; on a machine that also starts brokers the clock says more. */
const TIMEOUT_MS = 300_000
const usual = { twins: false, together: false, overlap: false, without: KNOWN_FAULTS.map(({ fault }) => fault) }

beforeAll(async () => {
  for (const codec of ['NONE', 'GZIP'] as const) await loadCodec(codec)
})

test(
  `${HISTORIES} histories with faults end as they must (more of them: npm run simulate)`,
  async () => {
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const { violation, trace } = await runHistory(seed, usual)
      if (violation !== undefined) throw new Error(`seed ${seed}: ${violation}\n${trace.slice(-60).join('\n')}`)
    }
  },
  TIMEOUT_MS,
)

test('a seed gives the same history every time', async () => {
  const [first, second] = [await runHistory(7, usual), await runHistory(7, usual)]
  expect(first.trace.length).toBeGreaterThan(50)
  expect(second.trace).toEqual(first.trace)
})
