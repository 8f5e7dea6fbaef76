import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { Store } from '../../src/registry/store.ts'
import { processStart } from '../../src/runbooks/process-start.ts'
import { RunbookLock } from '../../src/runbooks/runbook-lock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const CHILD = fileURLToPath(new URL('lock-child.mjs', import.meta.url))

const take = (home: string, id = 'orders') => RunbookLock.take(home, id, 'failover', systemClock)
const HELD = { exitCode: 5, message: expect.stringContaining('Another runbook is under way') }

test('one at a time; the next one after it is given back; other replicators are free', async () => {
  const home = await temporaryFolder()
  const lock = await take(home)
  await expect(take(home)).rejects.toMatchObject(HELD)
  await take(home, 'payments')
  await lock[Symbol.asyncDispose]()
  await take(home)
  await expect(take(home)).rejects.toMatchObject(HELD)
  expect((await readdir(join(home, 'runbooks', 'locks'))).sort()).toEqual(['orders.2.lock', 'payments.1.lock'])
})

test('of many at once exactly one has it, also when they find a stale one', async () => {
  const home = await temporaryFolder()
  for (const round of [1, 2, 3]) {
    const taken = await Promise.allSettled(Array.from({ length: 20 }, () => take(home)))
    const holders = taken.filter(({ status }) => status === 'fulfilled')
    expect(holders, `round ${round}`).toHaveLength(1)
    await makeStale(home, 'orders')
  }
})

test('of many processes at once exactly one has it; kill -9 frees it', async () => {
  const home = await temporaryFolder()
  for (const _round of [1, 2]) {
    const children = Array.from({ length: 6 }, () => startHolder(home))
    const said = await Promise.all(children.map(({ word }) => word))
    expect(said.filter(word => word === 'taken')).toHaveLength(1)
    expect(said.filter(word => word === 'refused 5')).toHaveLength(5)
    await expect(take(home)).rejects.toMatchObject(HELD)
    await Promise.all(children.map(({ kill }) => kill()))
  }
  await take(home)
})

test('age says nothing: the old lock of a process that lives holds', async () => {
  const home = await temporaryFolder()
  await take(home)
  const file = join(home, 'runbooks', 'locks', 'orders.1.lock')
  await utimes(file, 0, 0)
  await expect(take(home)).rejects.toMatchObject(HELD)
})

test('who comes late with a number from before steps back', async () => {
  const home = await temporaryFolder()
  await (await take(home))[Symbol.asyncDispose]()
  const original = Store.prototype.create
  const create = vi.spyOn(Store.prototype, 'create')
  onTestFinished(() => create.mockRestore())
  create.mockImplementationOnce(async function (this: Store, name, text) {
    // Meanwhile others have it, twice; the second has removed the file of the first, whose number is ours.
    await (await take(home))[Symbol.asyncDispose]()
    await take(home)
    return await original.call(this, name, text)
  })
  await expect(take(home)).rejects.toMatchObject(HELD)
  expect(await readdir(join(home, 'runbooks', 'locks'))).toEqual(['orders.3.lock'])
})

test('a process that was given the same number is not the holder', async () => {
  const home = await temporaryFolder()
  await take(home)
  await holderIs(home, { host: hostname(), processId: process.ppid, processStart: 'another boot 123' })
  await take(home)
})

test('a holder on another host cannot be asked: never taken over', async () => {
  const home = await temporaryFolder()
  await take(home)
  await holderIs(home, { host: 'another', processId: 1, processStart: 'x' })
  const fix = expect.stringContaining('orders.1.lock')
  await expect(take(home)).rejects.toMatchObject({ ...HELD, fix })
})

test('a damaged lock is told, not guessed about', async () => {
  const home = await temporaryFolder()
  await take(home)
  await writeFile(join(home, 'runbooks', 'locks', 'orders.1.lock'), 'null\n')
  await expect(take(home)).rejects.toMatchObject({ exitCode: 253, message: expect.stringContaining('damaged') })
})

test('the start of a process: the same each time, undefined where there is none', async () => {
  expect(await processStart(process.pid)).toBe(await processStart(process.pid))
  expect(await processStart(process.pid)).not.toBe(await processStart(process.ppid))
  const child = spawn('true')
  await once(child, 'exit')
  expect(await processStart(child.pid!)).toBeUndefined()
})

const HAS_PS = ['/bin/ps', '/usr/bin/ps'].some(path => existsSync(path))

test.skipIf(!HAS_PS)('the start of a process where there is no /proc: ps says it', async () => {
  const { platform } = process
  onTestFinished(() => void Object.defineProperty(process, 'platform', { value: platform }))
  Object.defineProperty(process, 'platform', { value: 'darwin' })
  const start = await processStart(process.pid)
  expect(start).toMatch(/20\d\d$/)
  expect(await processStart(process.pid)).toBe(start)
})

async function makeStale(home: string, id: string): Promise<void> {
  const names = (await readdir(join(home, 'runbooks', 'locks'))).filter(name => name.startsWith(`${id}.`))
  await holderIs(home, { host: hostname(), processId: process.pid, processStart: 'long ago' }, names[0])
}

async function holderIs(home: string, holder: object, name = 'orders.1.lock'): Promise<void> {
  const text = JSON.stringify({ runbook: 'failover', since: 'x', released: false, ...holder })
  await writeFile(join(home, 'runbooks', 'locks', name), `${text}\n`)
}

/** A process that takes the lock, says how that went and stays. */
function startHolder(home: string) {
  const child = spawn(process.execPath, [CHILD, home], { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  onTestFinished(kill)
  return { word: once(child.stdout, 'data').then(([bytes]) => String(bytes).trim()), kill }
}
