import { randomBytes } from 'node:crypto'
import { open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { Journal, type NewEntry, readJournal } from '../../src/runbooks/journal.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { newJournal, reopen } from './fake-context.ts'

const BEGUN: NewEntry = { event: 'begun', step: 'drain', part: 'act' }

test('cut at any byte, it reads as the whole lines before, and goes on behind them', async () => {
  const folder = await temporaryFolder()
  const values = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(values, fc.nat(), async (facts, at) => {
      const path = join(folder, `${randomBytes(8).toString('hex')}.jsonl`)
      const journal = await Journal.create(path, () => 0)
      const ends = [0]
      for (const value of facts) {
        await journal.write({ event: 'fact', name: 'f', value })
        ends.push((await stat(path)).size)
      }
      const cut = at % (ends.at(-1)! + 1)
      await truncate(path, cut)
      const whole = ends.filter(end => end <= cut).length - 1
      const again = await Journal.open(path, () => 0)
      expect(again.entries).toEqual(journal.entries.slice(0, whole))
      await again.write(BEGUN)
      expect((await readJournal(path)).entries).toEqual([...journal.entries.slice(0, whole), again.entries.at(-1)])
    }),
    { numRuns: 60 },
  )
})

test('a line is in the file when write resolves, and two at once are both whole', async () => {
  const folder = await temporaryFolder()
  const journal = await newJournal(folder)
  const write = (value: number) => journal.write({ event: 'fact', name: 'f', value })
  await Promise.all(Array.from({ length: 20 }, (_, i) => write(i)))
  const { entries } = await readJournal(join(folder, 'journal.jsonl'))
  expect(entries.map(entry => entry.event === 'fact' && entry.value)).toEqual(Array.from({ length: 20 }, (_, i) => i))
})

test('it is flushed to the disk before write resolves, and so before what it announces begins', async () => {
  const folder = await temporaryFolder()
  const journal = await newJournal(folder)
  const path = join(folder, 'journal.jsonl')
  const handle = await open(path)
  const flush = vi.spyOn(Object.getPrototypeOf(handle), 'sync')
  onTestFinished(() => flush.mockRestore())
  await handle.close()
  const order: string[] = []
  flush.mockImplementation(async () => {
    await systemClock.sleep(20)
    order.push(`flushed ${(await readJournal(path)).entries.length}`)
  })
  await journal.write(BEGUN)
  order.push('resolved')
  expect(order).toEqual(['flushed 1', 'resolved'])
})

test('a line whose flush failed is gone when the next one is written, however long it was', async () => {
  const folder = await temporaryFolder()
  const journal = await newJournal(folder)
  const handle = await open(join(folder, 'journal.jsonl'))
  const flush = vi.spyOn(Object.getPrototypeOf(handle), 'sync').mockRejectedValueOnce(new Error('ENOSPC'))
  onTestFinished(() => flush.mockRestore())
  await handle.close()
  const lost = journal.write({ event: 'fact', name: 'f', value: 'x'.repeat(1_000) })
  await expect(lost).rejects.toMatchObject({ exitCode: 253, message: expect.stringContaining('ENOSPC') })
  await journal.write(BEGUN)
  expect((await reopen(folder)).entries).toEqual(journal.entries)
  expect(journal.entries).toHaveLength(1)
})

test('looking at one changes nothing, for another process may be writing it', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'journal.jsonl')
  await writeFile(path, '{"at":"x","event":"resumed"}\n{"at":')
  expect((await readJournal(path)).entries).toHaveLength(1)
  expect(await readFile(path, 'utf8')).toMatch(/\{"at":$/)
})

test('what cannot be written is told (253), and the next line is whole all the same', async () => {
  const folder = await temporaryFolder()
  const journal = await newJournal(folder)
  await journal.write(BEGUN)
  const circle: { self?: unknown } = {}
  circle.self = circle
  await expect(journal.write({ event: 'fact', name: 'f', value: circle })).rejects.toThrow('circular')
  await journal.write(BEGUN)
  expect((await reopen(folder)).entries).toHaveLength(2)
  await rm(join(folder, 'journal.jsonl'))
  await expect(journal.write(BEGUN)).rejects.toMatchObject({ exitCode: 253 })
})

test('a damaged line in the middle is never stepped over', async () => {
  const folder = await temporaryFolder()
  await writeFile(
    join(folder, 'journal.jsonl'),
    '{"at":"x","event":"resumed"}\nnonsense\n{"at":"x","event":"resumed"}\n',
  )
  await expect(reopen(folder)).rejects.toMatchObject({ exitCode: 253, message: expect.stringContaining('line 2') })
})

test('one that is there is not begun again', async () => {
  const folder = await temporaryFolder()
  await newJournal(folder)
  await expect(newJournal(folder)).rejects.toThrow('EEXIST')
})

test('facts: the newest holds', async () => {
  const journal = await newJournal(await temporaryFolder())
  expect(journal.fact('lag')).toBeUndefined()
  await journal.write({ event: 'fact', name: 'lag', value: 1 })
  await journal.write({ event: 'fact', name: 'lag', value: null })
  expect(journal.fact('lag')).toBeNull()
})
