import { existsSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect } from 'vitest'
import { OPEN_TO_ALL, openToAll, rule, rulesOf } from '../support/access-rules.js'
import { Business, UNATTENDED, WITH_HOOKS } from '../support/business.js'
import { Command } from '../support/command.js'
import { untilHeldOnce } from '../support/moving-groups.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { thoroughTest } from '../support/thorough.js'
import { type Side, startSide } from '../support/two-clusters.js'

/**
 * **a failback's fence keeps producers off the secondary for the time of the switch, and nothing of it stays**: not after
 * --abort, not after a kill; the replicator that writes there itself waits for it, and loses nothing.
 */

let primary: Side
let secondary: Side
beforeAll(async () => {
  ;[primary, secondary] = await Promise.all([
    startSide({ name: 'primary', ...OPEN_TO_ALL }),
    startSide({ name: 'secondary', ...OPEN_TO_ALL }),
  ])
  for (const side of [primary, secondary]) await openToAll(side)
}, 120_000)

const PATIENT = { timeout: 30_000, interval: 200 }

thoroughTest(
  'its rules go with --abort, with a resume after a kill, and with its end; what the replicator could not write comes then',
  async () => {
    const home = await temporaryFolder()
    const business = await Business.open('orders', { primary, secondary, home })
    const { producer, name } = business
    const engine = await business.engine()
    const bobs = rule({ name, rule: 'WRITE', permission: 'DENY', principal: 'User:bob' })
    await secondary.client.createAcl(bobs)
    const before = await rulesOf(secondary)
    const fenced = rule({ name, rule: 'WRITE', permission: 'DENY', principal: 'User:*' })
    await producer.write(primary, 10)
    await producer.untilCopiedTo(secondary)
    await business.done('failover')
    await producer.write(secondary, 5)

    // Without a hook it stops where a person has to start the consumers.
    const half = [...UNATTENDED, '--fence', 'acl', '--on', 'stop-producers=true']
    const stopped = await business.run('failback', half)
    expect(stopped.exitCode, stopped.output).toBe(6)
    expect(await rulesOf(secondary)).toEqual(expect.arrayContaining([...before, fenced]))
    await expect(secondary.client.produce(name, [{ value: 'late' }])).rejects.toThrow(/[Aa]uthoriz/)
    await expectKeptOff(business.name, home)
    const aborted = await business.run('failback', ['--abort'])
    expect(aborted.exitCode, aborted.output).toBe(0)
    expect(await rulesOf(secondary)).toEqual(before)
    await producer.write(secondary, 5)

    const signs = { started: join(home, 'started'), go: join(home, 'go') }
    const starting = `touch '${signs.started}'; while [ ! -e '${signs.go}' ]; do sleep 0.1; done`
    const hooks = ['--on', 'start-consumers=true', '--on', `start-producers=${starting}`, '--hook-timeout', '120']
    const killed = business.command('failback', [...UNATTENDED, '--fence', 'acl', ...hooks])
    await expect.poll(() => rulesOf(secondary), PATIENT).toContainEqual(fenced)
    await killed.kill()
    expect(await rulesOf(secondary)).toContainEqual(fenced)
    let resumed = business.command('failback', ['--resume', '--yes'])
    // A kill may have come before the person was asked: then that is next.
    const atPerson = async () => (resumed.hasEnded ? 'ended' : existsSync(signs.started) ? 'started' : 'on its way')
    await expect.poll(atPerson, { ...PATIENT, timeout: 60_000 }).not.toBe('on its way')
    if (resumed.hasEnded) resumed = business.command('failback', ['--resume', '--yes'])
    await expect.poll(atPerson, { ...PATIENT, timeout: 60_000 }).toBe('started')

    // The producers at home have been started, and the fence is still up.
    await producer.write(primary, 5)
    const partitions = async () => {
      const { output } = await business.run('status', ['--output', 'json'])
      return JSON.parse(output).replicators[0].topics[0].partitions
    }
    const waits = { state: 'waiting', reason: expect.stringContaining('lacks the right Write') }
    await expect.poll(partitions, PATIENT).toContainEqual(expect.objectContaining(waits))
    expect(await rulesOf(secondary)).toContainEqual(fenced)
    await writeFile(signs.go, '')
    const { exitCode, output } = await resumed.end()
    expect(exitCode, output).toBe(0)
    expect(await rulesOf(secondary)).toEqual(before)
    // Rules travel home, but not this one.
    expect(await rulesOf(primary)).toContainEqual(bobs)
    expect(await rulesOf(primary)).not.toContainEqual(fenced)
    await untilHeldOnce(name, producer.values, [primary, secondary])
    await engine.kill('SIGTERM')
  },
  300_000,
)

/** Another machine knows of the replicator, and nothing of the runs of this one. */
async function expectKeptOff(name: string, home: string): Promise<void> {
  const machine = await temporaryFolder()
  await cp(join(home, 'replicators'), join(machine, 'replicators'), { recursive: true })
  const other = await new Command(machine, ['failover', '--replicator-name', name, ...UNATTENDED]).end()
  expect(other.exitCode, other.output).toBe(5)
  expect(other.output).toMatch(/Another runbook works with this replicator: failback r-\w+, which is not finished/)
}

thoroughTest(
  'the fence of a failover whose source is lost meanwhile is told, and failback removes it when the source is back',
  async () => {
    const home = await temporaryFolder()
    const business = await Business.open('lost', { primary, secondary, home })
    const { producer, name } = business
    const fenced = rule({ name, rule: 'WRITE', permission: 'DENY', principal: 'User:*' })
    const engine = await business.engine()
    await producer.write(primary, 10)
    await producer.untilCopiedTo(secondary)
    const stopped = await business.run('failover', [...UNATTENDED, '--fence', 'acl'])
    expect(stopped.exitCode, stopped.output).toBe(6)
    expect(await rulesOf(primary)).toContainEqual(fenced)

    await primary.kafka.kill()
    const given = ['--unplanned', '--accept-data-loss', '--on', 'start-consumers=true', '--on', 'start-producers=true']
    const said = await business.done('failover', ['--resume', '--yes', ...given])
    const removal = `--remove --force --deny-principal 'User:*' --deny-host '*' --operation Write --topic ${name}`
    expect(said.slice(said.indexOf('done: start the producers'))).toContain(removal)
    await producer.write(secondary, 5)
    await primary.kafka.launch()
    expect(await rulesOf(primary)).toContainEqual(fenced)
    const { output: status } = await business.run('status')
    expect(status).toContain(`producers are denied Write on 1 topic of`)

    const waits = await business.run('failback', WITH_HOOKS)
    expect(waits.exitCode, waits.output).toBe(6) // the replicator has to be started again
    expect(await rulesOf(primary)).not.toContainEqual(fenced)
    const again = await business.engine()
    await business.done('failback', ['--resume', '--yes'])
    await producer.write(primary, 5)
    await untilHeldOnce(name, producer.values, [primary, secondary])
    expect((await business.run('status')).output).not.toContain('denied Write')
    for (const one of [engine, again]) await one.kill('SIGTERM')
  },
  240_000,
)
