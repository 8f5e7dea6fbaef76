import { expect, test } from 'vitest'
import type { StoredStatus } from '../../../src/replication/stored-status.ts'
import type { RunbookContext } from '../../../src/runbooks/context.ts'
import { failback } from '../../../src/runbooks/failback/failback-steps.ts'
import type { ReverseReplicator } from '../../../src/runbooks/failback/reverse.ts'
import type { TailChoice } from '../../../src/runbooks/failback/tail.ts'
import { undoFailback } from '../../../src/runbooks/failback/undo-steps.ts'
import { runRunbook } from '../../../src/runbooks/run-runbook.ts'
import type { Step } from '../../../src/runbooks/step.ts'
import type { ControlChange, RunbookTools } from '../../../src/runbooks/tools.ts'
import { storedGap, storedPartition, storedStatus, storedTopic } from '../../support/stored-status.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { fakeContext, newJournal } from '../fake-context.ts'

/** Two clusters and two replicators without any Kafka: what was asked of them, in order. */
class World {
  readonly log: string[] = []
  readonly said: string[] = []
  forward: StoredStatus
  reversed = copied(10, 10)
  naming = 'identical'
  registered: 'ours' | 'theirs' | undefined
  folder = ''

  constructor(forward: StoredStatus, registered?: 'theirs') {
    this.forward = forward
    this.registered = registered
  }

  reverse: ReverseReplicator = {
    name: 'orders-dr-failback',
    exists: async () => this.registered !== undefined,
    isOurs: async () => this.registered === 'ours',
    create: async () => {
      this.log.push('create')
      this.registered = 'ours'
    },
    options: async () => OPTIONS,
    tools: async () => this.toolsOf('reverse'),
    status: async () => this.reversed,
    remove: async () => {
      this.log.push('remove')
      this.registered = undefined
    },
  }

  steps(tail?: TailChoice): Step[] {
    return failback({ forward: OPTIONS, reverse: this.reverse, hooks: {}, tail })
  }

  /** One life of the runbook; a person says yes to everything, unless told otherwise. */
  async run(steps: Step[], answer: 'yes' | 'nobody-there' = 'yes') {
    this.folder ||= await temporaryFolder()
    this.journal ??= await newJournal(this.folder)
    const context: RunbookContext = {
      ...fakeContext({ journal: this.journal, status: async () => this.forward, answer: () => answer }),
      tools: this.toolsOf('forward'),
      options: { ...OPTIONS, topics: { naming: this.naming } } as typeof OPTIONS,
      evidence: { keep: async () => {} } as unknown as RunbookContext['evidence'],
      say: async line => void this.said.push(line),
    }
    const runbook = { name: 'failback', replicatorName: 'orders-dr', purpose: '', steps, next: { text: '' } } as const
    return await runRunbook({ ...runbook, endsAs: 'done' }, context, async () => {})
  }

  private journal: Awaited<ReturnType<typeof newJournal>> | undefined

  private toolsOf(who: string): RunbookTools {
    return {
      control: async (change: ControlChange) => void this.log.push(`${who} ${JSON.stringify(change)}`),
      verify: async () => ({ verdict: 'equal', recordsEqual: 1 }) as never,
      planFence: async () => [],
      createRules: async () => {},
      deleteRules: async () => {},
    }
  }
}

const OPTIONS = {
  name: 'orders-dr',
  source: { alias: 'primary', bootstrapBrokers: [] },
  target: { alias: 'secondary', bootstrapBrokers: [] },
  topics: { naming: 'identical' },
  groups: { synchronise: true },
} as unknown as RunbookContext['options']

function copied(end: number, copied: number, facts: Partial<StoredStatus> = {}): StoredStatus {
  const state = end === copied ? 'caught-up' : 'behind'
  return storedStatus({ ...facts, topics: [storedTopic('orders', [storedPartition(0, state, end, copied)])] })
}
const STOPPED = { state: 'failed', stoppedBy: { by: 'failover r-1', at: '2026-01-02T14:00:00.000Z' } } as const

const HELD = 'forward {"groupSync":"frozen"}'
const RELEASED = 'forward {"groupSync":"on","copying":"on"}'
const FROZEN = 'reverse {"groupSync":"frozen"}'

test('a reverse replicator is registered, used and removed, then the forward one is released', async () => {
  const world = new World(copied(10, 10))
  const end = await world.run(world.steps())
  expect(end).toMatchObject({ exitCode: 0 })
  expect(world.log).toEqual([HELD, 'create', FROZEN, 'remove', RELEASED])
  expect(world.said.at(-1)).toBe('no traffic: nothing was written on source-1 within 0 s, so there was nothing to copy')
})

test('one that was there before is used and stays, with its groups moving again', async () => {
  const world = new World(copied(10, 10), 'theirs')
  await world.run(world.steps())
  expect(world.log).toEqual([HELD, FROZEN, 'reverse {"groupSync":"on"}', RELEASED])
  expect(world.registered).toBe('theirs')
})

test('a tail needs a decision, and without one nothing is changed', async () => {
  const world = new World(copied(16, 10, STOPPED))
  const end = await world.run(world.steps())
  expect(end).toMatchObject({ exitCode: 6, stoppedAt: 'tail' })
  expect(world.said.join('\n')).toContain('6 offsets of source-1 had not crossed')
  expect(world.log).toEqual([])
})

test('a tail that is to be copied is copied first, by an engine that a person has started', async () => {
  const world = new World(copied(16, 10, STOPPED))
  const waiting = await world.run(world.steps('copy'), 'nobody-there')
  expect(waiting).toMatchObject({ exitCode: 6, stoppedAt: 'confirm' })
  await world.run(world.steps('copy')) // confirmed; the gate gives up on an engine that does not run
  expect(world.log).toEqual([HELD, 'forward {"copying":"on"}'])
  world.forward = copied(16, 16)
  expect(await world.run(world.steps('copy'))).toMatchObject({ exitCode: 0 })
  expect(world.log.slice(2)).toEqual(['create', FROZEN, 'remove', RELEASED])
})

test('a tail that stays where it is is copied by nobody before the applications are home', async () => {
  const world = new World(copied(16, 10, STOPPED))
  const end = await world.run(world.steps('leave'))
  expect(end).toMatchObject({ exitCode: 4, stoppedAt: 'release' }) // the engine was never started
  expect(world.log).toEqual([HELD, 'create', FROZEN, 'remove', RELEASED])
})

test('what is left behind and not known is no tail of nothing', async () => {
  const topics = [storedTopic('orders', [storedPartition(0, 'unknown', null, 10)])]
  const world = new World(storedStatus({ ...STOPPED, topics }))
  expect(await world.run(world.steps('copy'))).toMatchObject({ exitCode: 1, stoppedAt: 'tail' })
})

test('a primary that does not answer is not come home to', async () => {
  const world = new World(copied(10, 10, { source: { alias: 'primary', problem: 'it is away' } }))
  expect(await world.run(world.steps())).toMatchObject({ exitCode: 1, stoppedAt: 'preflight' })
})

test('given up, the reverse one goes; once applications were started at home, it is too late', async () => {
  const early = new World(copied(10, 10))
  await early.run(early.steps().slice(0, 7))
  await early.run(undoFailback('primary', early.reverse))
  expect(early.log).toEqual([HELD, 'create', 'remove'])

  const late = new World(copied(10, 10))
  const steps = late.steps()
  await late.run(steps.slice(0, 1 + steps.findIndex(({ name }) => name === 'start-consumers')))
  expect(await late.run(undoFailback('primary', late.reverse))).toMatchObject({
    exitCode: 5,
    stoppedAt: 'see-who-moved',
  })
  expect(late.registered).toBe('ours')
})

test('with prefixed names there may be nothing to bring home; with identical ones that is suspicious', async () => {
  const world = new World(copied(10, 10))
  world.reversed = storedStatus({ topics: [] })
  expect(await world.run(world.steps())).toMatchObject({ exitCode: 4, stoppedAt: 'drain' })
  world.naming = 'prefixed'
  expect(await world.run(world.steps())).toMatchObject({ exitCode: 0 })
})

test('what retention took before it could be brought home is said', async () => {
  const world = new World(copied(10, 10))
  const gaps = [storedGap({ from: 3, to: 5 })]
  world.reversed = storedStatus({ topics: copied(10, 10).topics, gaps })
  await world.run(world.steps())
  expect(world.said.join('\n')).toContain('2 offsets of secondary were gone before they were read')
})
