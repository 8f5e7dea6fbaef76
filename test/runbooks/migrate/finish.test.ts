import { expect, test } from 'vitest'
import type { ReplicatorDefinition } from '../../../src/registry/definition.ts'
import { finishMigration } from '../../../src/runbooks/migrate/finish.ts'
import { runRunbook } from '../../../src/runbooks/run-runbook.ts'
import { storedGroups } from '../../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../../support/stored-status.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { fakeContext, newJournal, reopen, runbookOf } from '../fake-context.ts'

const CRITERIA = { maxMessageLag: 0, beyond: undefined }
const definition = (name: string) => ({ ReplicatorArn: `arn:${name}` }) as ReplicatorDefinition
const options = (name: string) => ({ name, source: { alias: 'east' }, target: { alias: 'west' } }) as never
const status = async () =>
  storedStatus({
    topics: [storedTopic('orders', [storedPartition(0, 'caught-up', 9, 9)])],
    groups: storedGroups([]),
  })

/** One life: all goes well, but that the removal fails for these. */
async function life(folder: string, removed: string[], { fails = '', hasBack = true, isNew = true }) {
  const journal = await (isNew ? newJournal : reopen)(folder)
  const context = fakeContext({ journal, status, answer: () => 'yes' })
  const remove = async ({ ReplicatorArn }: ReplicatorDefinition) => {
    removed.push(ReplicatorArn)
    if (ReplicatorArn === fails) throw new Error('the disk is full')
    return undefined
  }
  const back = hasBack ? options('back') : undefined
  const definitions = { there: definition('there'), back: hasBack ? definition('back') : undefined }
  const steps = finishMigration({ there: options('there'), back, definitions, remove }, CRITERIA)
  return (await runRunbook(runbookOf(steps), context, async () => {})).stoppedAt
}

test('interrupted while it deletes the way back: the next life, which finds none, goes on with what was to be deleted', async () => {
  const folder = await temporaryFolder()
  const removed: string[] = []
  expect(await life(folder, removed, { fails: 'arn:back' })).toBe('delete-back')
  expect(await life(folder, removed, { hasBack: false, isNew: false })).toBeUndefined()
  expect(removed).toEqual(['arn:back', 'arn:back', 'arn:there'])
})

test('interrupted while it deletes the way there: the way back is not deleted again', async () => {
  const folder = await temporaryFolder()
  const removed: string[] = []
  expect(await life(folder, removed, { fails: 'arn:there' })).toBe('delete-there')
  expect(await life(folder, removed, { hasBack: false, isNew: false })).toBeUndefined()
  expect(removed).toEqual(['arn:back', 'arn:there', 'arn:there'])
})

test('somebody has deleted the way back before: only the way there is left', async () => {
  const removed: string[] = []
  expect(await life(await temporaryFolder(), removed, { hasBack: false })).toBeUndefined()
  expect(removed).toEqual(['arn:there'])
})
