import { chmod, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { Journal } from '../../src/runbooks/journal.ts'
import { RunbookFolder } from '../../src/runbooks/runbook-folder.ts'
import type { RunbookName } from '../../src/runbooks/step.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A run that was begun at a minute of the day. */
async function begin(runs: RunbookFolder, minute: number, runbook: RunbookName = 'failover', replicatorId = 'u-1') {
  const id = await runs.create()
  const journal = await Journal.create(runs.pathOf(id).journal, () => minute * 60_000)
  await journal.write({
    event: 'runbook',
    id,
    runbook,
    replicatorName: 'orders-dr',
    replicatorId,
    flags: { on: ['a=b'] },
  })
  return { id, journal }
}

test('a new run has a folder of its own, private to its owner', async () => {
  const runs = new RunbookFolder(await temporaryFolder())
  const id = await runs.create()
  expect(id).toMatch(/^r-[0-9a-f]{6}$/)
  expect((await stat(runs.pathOf(id).folder)).mode & 0o777).toBe(0o700)
})

test('the newest unfinished run of this runbook and replicator is resumed', async () => {
  const runs = new RunbookFolder(await temporaryFolder())
  await begin(runs, 1)
  const wanted = await begin(runs, 2)
  const ended = await begin(runs, 3)
  await ended.journal.write({ event: 'ended', how: 'done' })
  await begin(runs, 4, 'failback')
  await begin(runs, 5, 'failover', 'u-2')
  const run = await runs.findToResume(undefined, 'failover', 'u-1')
  expect(run).toMatchObject({ id: wanted.id, begun: { flags: { on: ['a=b'] } }, hasActed: false })
  expect((await runs.list()).runs.map(({ begun }) => begun.at.slice(14, 16))).toEqual(['05', '04', '03', '02', '01'])
})

test('one that is named must be of this runbook and replicator, and not over', async () => {
  const runs = new RunbookFolder(await temporaryFolder())
  const { id, journal } = await begin(runs, 1)
  expect(await runs.findToResume(id, 'failover', 'u-1')).toMatchObject({ id })
  await expect(runs.findToResume(id, 'failback', 'u-1')).rejects.toThrow(`${id} is a failover of orders-dr`)
  await expect(runs.findToResume(id, 'failover', 'u-2')).rejects.toMatchObject({ exitCode: 252 })
  await expect(runs.findToResume('r-000000', 'failover', 'u-1')).rejects.toThrow('no run r-000000')
  await expect(runs.findToResume('../../etc', 'failover', 'u-1')).rejects.toMatchObject({ exitCode: 252 })
  await journal.write({ event: 'ended', how: 'done' })
  await expect(runs.findToResume(id, 'failover', 'u-1')).rejects.toThrow('is done')
  await expect(runs.findToResume(undefined, 'failover', 'u-1')).rejects.toThrow('no unfinished failover')
})

test('a run that was killed before its first line is none; a damaged one is told', async () => {
  const runs = new RunbookFolder(await temporaryFolder())
  expect(await runs.list()).toEqual({ runs: [], unreadable: [] })
  await runs.create()
  const cut = await runs.create()
  await writeFile(runs.pathOf(cut).journal, '{"at":"2026')
  await mkdir(join(runs.path, 'locks'))
  expect(await runs.list()).toEqual({ runs: [], unreadable: [] })
  await writeFile(runs.pathOf(cut).journal, 'nonsense\n')
  expect((await runs.list()).unreadable).toHaveLength(1)
  await expect(runs.findToResume(undefined, 'failover', 'u-1')).rejects.toMatchObject({ exitCode: 253 })
})

test('one that was left for another is not resumed any more', async () => {
  const runs = new RunbookFolder(await temporaryFolder())
  const { id } = await begin(runs, 1)
  for (const run of await runs.openRuns('failover', 'u-1')) await runs.leave(run, systemClock)
  expect(await runs.openRuns('failover', 'u-1')).toEqual([])
  await expect(runs.findToResume(id, 'failover', 'u-1')).rejects.toThrow('was left')
})

test('a journal that someone else could have written is not read: it names commands', async () => {
  const runs = new RunbookFolder(await temporaryFolder())
  const { id } = await begin(runs, 1)
  for (const path of [runs.pathOf(id).journal, runs.pathOf(id).folder, runs.path]) {
    const { mode } = await stat(path)
    await chmod(path, 0o777)
    await expect(runs.findToResume(id, 'failover', 'u-1')).rejects.toMatchObject({ exitCode: 253 })
    await chmod(path, mode)
  }
  expect(await runs.findToResume(id, 'failover', 'u-1')).toMatchObject({ id })
})

test('whether it may have changed something', async () => {
  const runs = new RunbookFolder(await temporaryFolder())
  const { journal } = await begin(runs, 1)
  await journal.write({ event: 'begun', step: 'pre-flight', part: 'check' })
  expect(await runs.openRuns('failover', 'u-1')).toMatchObject([{ hasActed: false }])
  await journal.write({ event: 'begun', step: 'freeze', part: 'act' })
  expect(await runs.openRuns('failover', 'u-1')).toMatchObject([{ hasActed: true }])
})
