import { beforeAll, expect } from 'vitest'
import { HEARTBEAT_TOPIC } from '../../src/policy/topic-patterns.js'
import { Business, WITH_HOOKS } from '../support/business.js'
import { Command } from '../support/command.js'
import { untilHeldOnce } from '../support/moving-groups.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { thoroughTest } from '../support/thorough.js'
import { type Side, startSide } from '../support/two-clusters.js'

/**
 * **failback brings everything home, once**: what was written on either side lies on both exactly once, and groups read on
 * at the exact record, over several moves, kills and lost tails.
 */

let primary: Side
let secondary: Side
beforeAll(async () => {
  ;[primary, secondary] = await Promise.all([startSide({ name: 'primary' }), startSide({ name: 'secondary' })])
})

thoroughTest(
  'two failovers and failbacks in a row, both killed in the middle: each record once everywhere, groups exact',
  async () => {
    const home = await temporaryFolder()
    const business = await Business.open('orders', { primary, secondary, home })
    const { producer, group } = business
    const engine = await business.engine()
    let removed: string[] = []
    const untilHome = async () => {
      const left = producer.values.filter(value => !removed.includes(value))
      await untilHeldOnce('orders', left, [primary, secondary])
    }
    for (const round of [1, 2]) {
      await producer.write(primary, 20)
      await group.read(primary, 13)
      await producer.untilCopiedTo(secondary)
      if (round === 2) {
        await group.read(primary)
        // Some of it was copied since the last failback: while the secondary is at rest, retention goes on.
        removed = await removeBefore(17)
      }
      await business.done('failover')
      await group.read(secondary)
      await producer.write(secondary, 10)
      await group.read(secondary)

      const killed = business.command('failback', WITH_HOOKS)
      await killed.untilSaid(round === 1 ? 'is registered; it runs' : 'groups are frozen')
      await killed.kill()
      const said = await business.done('failback', ['--resume', '--yes'])
      expect(said).toMatch(/heartbeat record crossed within \d+ s/)
      expect(killed.output + said).toContain(
        round === 1 ? 'nothing was left behind' : 'were gone before they were read',
      )
      await untilHome()
    }
    await producer.write(primary, 5)
    await group.read(primary)
    group.expectOnce(producer.values)
    await untilHome()
    for (const { client } of [primary, secondary]) expect(await client.read(HEARTBEAT_TOPIC)).toHaveLength(2)
    const { output } = await new Command(home, ['list-replicators', '--query', 'Replicators[].ReplicatorName']).end()
    expect(JSON.parse(output)).toEqual(['orders'])
    await engine.kill('SIGTERM')
  },
  240_000,
)

/** Retention takes what lies before an offset of the first partition; both logs are the same. */
async function removeBefore(offset: number): Promise<string[]> {
  const records = await secondary.client.read('orders', { partitions: [0] })
  for (const { client } of [primary, secondary]) await client.deleteRecords('orders', 0, offset)
  return records.filter(record => record.offset < offset).map(({ value }) => String(value))
}

thoroughTest(
  'a tail that never crossed needs a decision: copied, or left on the primary',
  async () => {
    const home = await temporaryFolder()
    const place = { primary, secondary, home }
    const [copied, left] = [await Business.open('copied', place), await Business.open('left', place)]
    for (const business of [copied, left]) {
      const { producer, group } = business
      const engine = await business.engine()
      await producer.write(primary, 20)
      await group.read(primary)
      await producer.untilCopiedTo(secondary)
      await group.untilSynced(primary, secondary)
      await engine.kill('SIGTERM')
      await producer.write(primary, 6) // the tail
    }
    await primary.kafka.kill()
    for (const business of [copied, left]) {
      await business.done('failover', ['--unplanned', '--accept-data-loss', ...WITH_HOOKS])
      await business.group.read(secondary)
      await business.producer.write(secondary, 10)
      await business.group.read(secondary)
    }
    await primary.kafka.launch()

    for (const business of [copied, left]) {
      const undecided = await business.run('failback', WITH_HOOKS)
      expect(undecided.exitCode, undecided.output).toBe(6)
      expect(undecided.output).toContain(`  ${business.name}: 6`)
      expect(undecided.output).toContain('--tail leave')
    }

    const stopped = await copied.run('failback', ['--resume', '--tail', 'copy', '--yes'])
    expect(stopped.exitCode, stopped.output).toBe(6) // it has to be started again
    await copied.engine()
    await copied.producer.untilCopiedTo(secondary)
    await copied.group.read(secondary)
    await copied.done('failback', ['--resume', '--yes'])
    await copied.producer.untilCopiedTo(primary, secondary)
    await copied.producer.write(primary, 5)
    await copied.group.read(primary)
    copied.group.expectOnce(copied.producer.values)

    const waits = await left.run('failback', ['--resume', '--tail', 'leave', '--yes'])
    expect(waits.output).toContain('beside the tail, groups will read 10 records again')
    expect(waits.exitCode, waits.output).toBe(6)
    await left.engine()
    await left.done('failback', ['--resume', '--yes'])
    await left.producer.untilCopiedTo(primary, secondary)
    await left.group.read(primary)
    expect(left.group.missing(left.producer.values)).toEqual([])
    expect(left.group.again.toSorted()).toEqual(left.producer.values.slice(26).toSorted())
  },
  240_000,
)
