import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { failback } from '../../src/runbooks/failback/failback-steps.ts'
import type { ReverseReplicator } from '../../src/runbooks/failback/reverse.ts'
import { type HookCommands, type HookName, Hooks } from '../../src/runbooks/hooks.ts'
import { moveGroup } from '../../src/runbooks/migrate/move-group.ts'
import { moveProducers } from '../../src/runbooks/migrate/move-producers.ts'
import { runRunbook } from '../../src/runbooks/run-runbook.ts'
import type { Step } from '../../src/runbooks/step.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { fakeClock, fakeContext, newJournal, reopen, runbookOf } from './fake-context.ts'

/** **a command of the user's that goes wrong stops failback and migrate where it is, and is run again**, never passed over. */

const { options: WAY } = fakeContext({ journal: undefined as never })
const GROUP = group('billing', [groupTopic('orders', [groupPartition(0)])])
const ALL_THERE = storedStatus({
  topics: [storedTopic('orders', [storedPartition(0, 'caught-up', 10, 10)])],
  groups: storedGroups([GROUP], { activeOnSource: 1, readAgain: 0 }),
})
const WITH_MEMBERS = { ...ALL_THERE, groups: storedGroups([{ ...GROUP, sourceState: 'Stable' }]) }
const REVERSE: ReverseReplicator = {
  name: 'a-failback',
  ...{ exists: async () => true, isOurs: async () => true, create: async () => {}, remove: async () => {} },
  ...{ options: async () => WAY, tools: async () => fakeContext({ journal: undefined as never }).tools },
  status: async () => ALL_THERE,
}

const goHome = (hooks: HookCommands) =>
  failback({ forward: WAY, reverse: REVERSE, hooks, tail: undefined, isFenced: false })
const RUNBOOKS: [string, HookName, (hooks: HookCommands) => Step[]][] = [
  ...(['stop-producers', 'stop-consumers', 'start-consumers', 'start-producers'] as const).map(
    hook => ['failback', hook, goHome] as [string, HookName, (hooks: HookCommands) => Step[]],
  ),
  ['migrate --producers', 'stop-producers', hooks => moveProducers(WAY, hooks)],
  ['migrate --producers', 'start-producers', hooks => moveProducers(WAY, hooks)],
  ['migrate --group', 'stop-consumers', hooks => moveGroup('billing', WAY, WAY, hooks)],
  ['migrate --group', 'start-consumers', hooks => moveGroup('billing', WAY, WAY, hooks)],
]

/** A run of one step in the midst of its runbook, and of a last one that must never come before its time. */
async function world(hook: HookName, stepsOf: (hooks: HookCommands) => Step[]) {
  const folder = await temporaryFolder()
  const before = await newJournal(folder)
  await before.write({ event: 'fact', name: 'source-ends', value: { 'orders p0': 10 } })
  let life = 0
  const live = async (command: string, timeoutMs: number) => {
    const commands = { [hook]: command }
    const steps = stepsOf(commands).filter(({ name }) => name === hook)
    const behind: Step = {
      name: 'behind',
      title: 'go on',
      commands: [],
      check: async () => ({ kind: 'no', reason: 'reached' }),
    }
    const clock = fakeClock({ realMs: 5 })
    const listener = { outputPath: () => join(folder, `hook-${++life}.log`), ended: async () => {} }
    const context = fakeContext({
      ...{ journal: await reopen(folder), clock, folder },
      status: async () => (hook === 'stop-consumers' ? WITH_MEMBERS : ALL_THERE),
    })
    const hooks = new Hooks({ commands, timeoutMs, env: { FOLDER: folder } }, clock, listener)
    // What the step waits for afterwards is not what this is about.
    const acts = steps.map(({ gate: _, ...step }) => step)
    return await runRunbook(runbookOf([...acts, behind]), { ...context, hooks }, async () => {})
  }
  return { live, folder }
}

const HOURS = 3_600_000 * 24

test.each(
  RUNBOOKS.flatMap(([name, hook, stepsOf]) => [
    { name, hook, stepsOf, how: 'fails', command: 'echo no route; exit 3', timeoutMs: HOURS, said: 'exit code 3' },
    { name, hook, stepsOf, how: 'hangs', command: 'sleep 60', timeoutMs: 10_000, said: 'did not end within 10 s' },
  ]),
)('$name: $hook $how: 254 there, nothing behind it begins, and it is run again', async one => {
  const { live, folder } = await world(one.hook, one.stepsOf)
  const stopped = await live(one.command, one.timeoutMs)
  expect(stopped).toMatchObject({ exitCode: 254, stoppedAt: one.hook })
  expect(stopped.outcome).toMatchObject({ reason: expect.stringContaining(one.said) })
  expect(await live('echo again >> "$FOLDER/calls"', HOURS)).toMatchObject({ stoppedAt: 'behind' })
  expect(await readFile(join(folder, 'calls'), 'utf8')).toBe('again\n')
})

test.each([RUNBOOKS[3]!, RUNBOOKS[4]!])('%s: %s that never stops talking is ended: 254', async (_, hook, stepsOf) => {
  const { live } = await world(hook, stepsOf)
  const stopped = await live('yes | dd bs=64k iflag=fullblock status=none', HOURS)
  expect(stopped).toMatchObject({ exitCode: 254, stoppedAt: hook })
  expect(stopped.outcome).toMatchObject({ reason: expect.stringContaining('said more than 64 MiB') })
})
