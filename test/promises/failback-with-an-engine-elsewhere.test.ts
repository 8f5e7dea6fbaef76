import { beforeAll, expect } from 'vitest'
import { Business, WITH_HOOKS } from '../support/business.js'
import { untilHeldOnce } from '../support/moving-groups.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { thoroughTest } from '../support/thorough.js'
import { type Side, startSide } from '../support/two-clusters.js'

/**
 * **a reverse replicator that runs elsewhere is as good as one in the failback's own process**, also when it dies in the
 * midst of the drain: nothing is taken for drained that is not at home.
 */

let primary: Side
let secondary: Side
beforeAll(async () => {
  ;[primary, secondary] = await Promise.all([startSide({ name: 'primary' }), startSide({ name: 'secondary' })])
}, 120_000)

thoroughTest(
  'it dies during the first drain: what it had not copied is still missed, then this process brings it home',
  async () => {
    const home = await temporaryFolder()
    const business = await Business.open('orders', { primary, secondary, home })
    const { producer, name } = business
    const engine = await business.engine()
    await producer.write(primary, 10)
    await producer.untilCopiedTo(secondary)
    await business.done('failover')
    await producer.write(secondary, 10)
    const elsewhere = await business.reverseEngine()
    await producer.untilCopiedTo(primary)

    // So many good looks leave time to kill it, and to write what nobody copies then.
    const failback = business.command('failback', [...WITH_HOOKS, '--samples', '5', '--output', 'jsonl'])
    await failback.untilSaid('"title":"drain to ')
    await elsewhere.kill()
    await producer.write(secondary, 10)
    const { exitCode, output } = await failback.end()
    expect(exitCode, output).toBe(0)
    const events = output
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line))
    const looks = events.filter(({ event, step }) => event === 'gate' && step === 'drain-all')
    const missed = looks.findIndex(({ lacking }) => lacking !== null)
    expect(missed).toBeGreaterThanOrEqual(0)
    expect(looks.every(({ lacking, totals }) => (lacking === null) === (totals.lag === 0))).toBe(true)
    expect(output).toContain(`${name}-back was there before, so it stays`)
    await untilHeldOnce(name, producer.values, [primary, secondary])
    await engine.kill('SIGTERM')
  },
  300_000,
)
