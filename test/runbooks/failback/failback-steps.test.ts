import { expect, test } from 'vitest'
import { HEARTBEAT_TOPIC } from '../../../src/policy/topic-patterns.ts'
import type { StoredStatus } from '../../../src/replication/stored-status.ts'
import type { RunbookContext } from '../../../src/runbooks/context.ts'
import { failback } from '../../../src/runbooks/failback/failback-steps.ts'
import type { ReverseReplicator } from '../../../src/runbooks/failback/reverse.ts'
import type { TailChoice } from '../../../src/runbooks/failback/tail.ts'
import { undoFailback } from '../../../src/runbooks/failback/undo-steps.ts'
import { fenceRule } from '../../../src/runbooks/fence-rules.ts'
import { runRunbook } from '../../../src/runbooks/run-runbook.ts'
import type { Step } from '../../../src/runbooks/step.ts'
import type { Asked, ControlChange, RunbookTools } from '../../../src/runbooks/tools.ts'
import type { HeartbeatOutcome } from '../../../src/runbooks/write-heartbeat.ts'
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
  /** What the primary answers when a heartbeat is to be written there. */
  heartbeat: () => HeartbeatOutcome = () => {
    this.forward = { ...this.forward, topics: [...this.forward.topics, heartbeats(5)] }
    return { offset: 4 }
  }
  /** Whether creating rules ends without an answer. */
  brokenFence = false
  registered: 'ours' | 'theirs' | undefined
  /** What was asked of either engine before. */
  asked: Asked | null = null
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
    options: async () => ({ ...OPTIONS, id: 'reverse' }),
    tools: async () => this.toolsOf('reverse'),
    status: async () => this.reversed,
    remove: async () => {
      this.log.push('remove')
      this.registered = undefined
    },
  }

  steps(tail?: TailChoice, isFenced = false): Step[] {
    return failback({ forward: OPTIONS, reverse: this.reverse, hooks: {}, tail, isFenced })
  }

  /** One life of the runbook; a person says yes to everything, unless told otherwise. */
  async run(steps: Step[], answer: 'yes' | 'nobody-there' = 'yes', status = async () => this.forward) {
    this.folder ||= await temporaryFolder()
    this.journal ??= await newJournal(this.folder)
    const context: RunbookContext = {
      ...fakeContext({ journal: this.journal, status, answer: () => answer }),
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
      asked: async () => this.asked && { ...this.asked, fencedTopics: [who] },
      claim: async () => {},
      letGo: async () => {},
      control: async (change: ControlChange) => void this.log.push(`${who} ${JSON.stringify(change)}`),
      writeHeartbeat: async ({ by }) => {
        this.log.push(`${who} heartbeat by ${by}`)
        return this.heartbeat()
      },
      verify: async () => ({ verdict: 'equal', recordsEqual: 1 }) as never,
      planFence: async topics => topics.map(fenceRule),
      createRules: async rules => {
        this.log.push(`create ${rules.length} rules, ${who}`)
        if (this.brokenFence) throw new Error('no answer')
      },
      deleteRules: async rules => void this.log.push(`delete ${rules.length} rules, ${who}`),
    }
  }
}

const OPTIONS = {
  id: 'forward',
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

/** Five records, of which so many are copied. */
function heartbeats(copied: number) {
  return storedTopic(HEARTBEAT_TOPIC, [storedPartition(0, copied === 5 ? 'caught-up' : 'copying', 5, copied)])
}

/** The engine is spoken to after it: then it looks for new topics. */
const HEARTBEAT = ['forward heartbeat by failover r-000000', 'forward {}']
const HELD = 'forward {"groupSync":"frozen"}'
const RELEASED = 'forward {"groupSync":"on","copying":"on"}'
const FROZEN = 'reverse {"groupSync":"frozen"}'

test('a reverse replicator is registered, used and removed, then the forward one is released', async () => {
  const world = new World(copied(10, 10))
  const end = await world.run(world.steps())
  expect(end).toMatchObject({ exitCode: 0 })
  expect(world.log).toEqual([HELD, 'create', FROZEN, 'remove', RELEASED, ...HEARTBEAT])
  expect(world.said.at(-1)).toMatch(/^heartbeat record crossed within \d+ s: nobody else wrote on primary$/)
})

test('producers that go on do not hold it up, but all of it must be there before anything starts at home', async () => {
  const world = new World(copied(10, 10))
  // Written and copied for a dozen looks, then nobody moves any more.
  let looks = 0
  world.reverse.status = async () => {
    looks = Math.min(looks + 1, 12)
    return copied(1_000 + looks * 1_000, looks * 1_000)
  }
  expect(await world.run(world.steps())).toMatchObject({ exitCode: 4, stoppedAt: 'drain-all' })
  const behind = new World(copied(10, 10))
  behind.reversed = copied(2_001, 1_000)
  expect(await behind.run(behind.steps())).toMatchObject({ exitCode: 4, stoppedAt: 'drain' })
})

test('one that was there before is used and stays, with its groups moving again', async () => {
  const world = new World(copied(10, 10), 'theirs')
  await world.run(world.steps())
  expect(world.log).toEqual([HELD, FROZEN, 'reverse {"groupSync":"on"}', RELEASED, ...HEARTBEAT])
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
  expect(world.log.slice(2)).toEqual(['create', FROZEN, 'remove', RELEASED, ...HEARTBEAT])
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
  expect(early.log).toEqual([HELD, 'create', 'remove', AS_BEFORE])

  const late = new World(copied(10, 10))
  const steps = late.steps()
  await late.run(steps.slice(0, 1 + steps.findIndex(({ name }) => name === 'start-consumers')))
  expect(await late.run(undoFailback('primary', late.reverse))).toMatchObject({
    exitCode: 5,
    stoppedAt: 'see-who-moved',
  })
  expect(late.registered).toBe('ours')
})

test('given up, both engines do what was asked of them before the run', async () => {
  const world = new World(copied(16, 10, STOPPED), 'theirs')
  world.asked = { groupSync: 'frozen', copying: 'stopped', fencedTopics: [], by: 'failover r-1' }
  const until = (name: string) => {
    const steps = world.steps('copy')
    return steps.slice(0, 1 + steps.findIndex(step => step.name === name))
  }
  await world.run(until('copy-tail'))
  world.forward = copied(16, 16)
  await world.run(until('freeze-groups'))
  expect(world.log).toEqual([HELD, 'forward {"copying":"on"}', FROZEN])
  world.log.length = 0
  expect(await world.run(undoFailback('primary', world.reverse))).toMatchObject({ exitCode: 0 })
  const before = (who: string) => `${who} {"groupSync":"frozen","copying":"stopped","fencedTopics":["${who}"]}`
  expect(world.log).toEqual([before('reverse'), before('forward')])
  expect(world.registered).toBe('theirs')
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

/** The last steps of a failback whose looks at the forward replicator find these, one after the other. */
async function lastSteps(looks: StoredStatus[], heartbeat?: HeartbeatOutcome) {
  const world = new World(looks[0] as StoredStatus)
  const before = world.heartbeat
  world.heartbeat = () => heartbeat ?? before()
  let look = 0
  const steps = world.steps().slice(-2)
  const end = await world.run(steps, 'yes', async () => {
    world.forward = looks[Math.min(look++, looks.length - 1)] as StoredStatus
    return world.forward
  })
  return { ...world, end }
}

test('where applications write, no heartbeat is needed', async () => {
  const { end, log, said } = await lastSteps([copied(10, 10), copied(14, 14)])
  expect(end).toMatchObject({ exitCode: 0 })
  expect(log).toEqual([])
  expect(said.at(-1)).toMatch(/^it copies: 4 offsets of \S+ within/)
})

const still = copied(10, 10)
const withHeartbeats = (copied: number, facts: Partial<StoredStatus> = {}) =>
  storedStatus({ topics: [...still.topics, heartbeats(copied)], ...facts })

test('a heartbeat has crossed when the position has passed it, not before', async () => {
  const { end, said } = await lastSteps([...Array(6).fill(still), withHeartbeats(4), withHeartbeats(5)], { offset: 4 })
  expect(end).toMatchObject({ exitCode: 0 })
  expect(said.at(-1)).toContain('heartbeat record crossed')
})

test.each<[string, StoredStatus, string]>([
  ['it is not copied at all', still, '__kafka_replicator_heartbeats is not copied yet'],
  ['the position stands before it', withHeartbeats(4), 'record 4 of __kafka_replicator_heartbeats has not crossed yet'],
  [
    'it was left out',
    withHeartbeats(5, {
      gaps: [storedGap({ sourceTopic: HEARTBEAT_TOPIC, partition: 0, from: 4, to: 5, reason: 'poison' })],
    }),
    'the record was left out: poison',
  ],
])('a heartbeat that does not cross is no proof: %s', async (_, look, reason) => {
  const { end } = await lastSteps([look], { offset: 4 })
  expect(end).toMatchObject({
    exitCode: 4,
    stoppedAt: 'heartbeat',
    outcome: { reason: expect.stringContaining(reason) },
  })
})

test('a primary that does not let us write ends nothing, and is told how to', async () => {
  const { end, said, log } = await lastSteps([still], { refusal: 'TOPIC_AUTHORIZATION_FAILED' })
  expect(end).toMatchObject({ exitCode: 0 })
  expect(said.at(-1)).toContain('no heartbeat record could be written on primary (TOPIC_AUTHORIZATION_FAILED)')
  expect(said.at(-1)).toContain('--operation Create --operation Describe --operation Write --topic __kafka_rep')
  expect(log).toEqual([HEARTBEAT[0]])
})

test('heartbeats alone are nothing to bring home', async () => {
  const world = new World(copied(10, 10))
  world.reversed = storedStatus({ topics: [heartbeats(5)] })
  expect(await world.run(world.steps())).toMatchObject({ exitCode: 4, stoppedAt: 'drain' })
  world.naming = 'prefixed'
  expect(await world.run(world.steps())).toMatchObject({ exitCode: 0 })
})

const AS_BEFORE = 'forward {"groupSync":"on","copying":"on","fencedTopics":[]}'
const FENCED = ['reverse {"fencedTopics":["orders"],"deniedTopics":["orders"]}', 'create 1 rules, reverse']
const UNFENCED = ['delete 1 rules, reverse', 'reverse {"fencedTopics":[],"deniedTopics":[]}']

test('a fence stands on the secondary from before the producers stop until all have started at home', async () => {
  const world = new World(copied(10, 10))
  const steps = world.steps(undefined, true)
  expect(await world.run(steps)).toMatchObject({ exitCode: 0 })
  // The reverse replicator knows of it first, and has to be there still when it goes.
  expect(world.log).toEqual([HELD, 'create', ...FENCED, FROZEN, ...UNFENCED, 'remove', RELEASED, ...HEARTBEAT])
  const names = steps.map(({ name }) => name)
  expect(names.indexOf('fence')).toBe(names.indexOf('stop-producers') - 1)
  expect(names.indexOf('unfence')).toBe(names.indexOf('start-producers') + 1)
})

test('given up, the fence goes before the reverse replicator, also one of which nobody knows whether it was put up', async () => {
  for (const brokenFence of [false, true]) {
    const world = new World(copied(10, 10))
    world.brokenFence = brokenFence
    const steps = world.steps(undefined, true)
    const stopped = await world.run(steps.slice(0, 1 + steps.findIndex(({ name }) => name === 'fence')))
    expect(stopped.exitCode).toBe(brokenFence ? 254 : 0)
    world.log.length = 0
    expect(await world.run(undoFailback('primary', world.reverse))).toMatchObject({ exitCode: 0 })
    expect(world.log).toEqual([...UNFENCED, 'remove', AS_BEFORE])
  }
})

test('rules that a failover has left on the primary are removed before anything is brought there', async () => {
  const world = new World(copied(10, 10, { deniedTopics: ['orders', 'payments'] }))
  await world.run(world.steps().slice(0, 5))
  expect(world.log).toEqual(['delete 2 rules, forward', 'forward {"fencedTopics":[],"deniedTopics":[]}', HELD])
})
