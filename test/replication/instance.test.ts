import { hostname } from 'node:os'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { ExitCode, UserError } from '../../src/errors.js'
import type { InstanceNote, StatusNote } from '../../src/progress/notes.js'
import type { ProgressStore } from '../../src/progress/progress-store.js'
import { describeInstance, mustStandDown, takeOver } from '../../src/replication/instance.js'
import { FakeClock } from '../progress/fake-cluster.js'

const ELSEWHERE = `not-${hostname()}`
const BEGAN = new FakeClock().now()
/** No process of this machine: beyond what Linux gives. */
const NO_PROCESS = 2 ** 22 + 1

/** Keeps the last status, and plays what another instance says in between. */
class FakeStore {
  status: StatusNote | undefined
  saved: StatusNote[] = []
  /** What is said from outside, by the time when it is said. */
  later: StatusNote[] = []
  private readonly clock: FakeClock

  constructor(clock: FakeClock) {
    this.clock = clock
  }

  loads = 0

  async load(): Promise<void> {
    this.loads++
  }

  async newStatuses(): Promise<StatusNote[]> {
    const said = this.later.filter(({ at }) => at <= this.clock.now())
    this.later = this.later.filter(({ at }) => at > this.clock.now())
    this.status = said.at(-1) ?? this.status
    return said
  }

  /** What others say right before and after our first word. */
  meanwhile: { before: StatusNote[]; after: StatusNote[] } | undefined

  async saveStatus(status: StatusNote): Promise<StatusNote[]> {
    this.saved.push(status)
    this.status = status
    return this.meanwhile ? [...this.meanwhile.before, status, ...this.meanwhile.after] : []
  }
}

let clock: FakeClock
let store: FakeStore
beforeEach(() => {
  clock = new FakeClock()
  store = new FakeStore(clock)
})

const take = () => takeOver(store as unknown as ProgressStore, clock)
const waited = () => clock.now() - BEGAN

function said(ago: number, changes: Partial<InstanceNote> = {}, state: StatusNote['state'] = 'running'): StatusNote {
  const instance = {
    id: 'before',
    generation: 3,
    host: ELSEWHERE,
    processId: 17,
    startedAt: BEGAN - 60_000,
    ...changes,
  }
  return { state, at: BEGAN - ago, instance }
}

describe('taking over', () => {
  test('the first one ever is of generation 1, and says that it runs', async () => {
    const instance = await take()
    expect(instance).toMatchObject({ generation: 1, host: hostname(), processId: process.pid, startedAt: BEGAN })
    expect(store.saved).toEqual([{ state: 'running', at: BEGAN, instance }])
    expect((await take()).id).not.toBe(instance.id)
  })

  test.each<[string, StatusNote]>([
    ['one that has stopped', said(100, {}, 'stopped')],
    ['one that has failed', said(100, {}, 'failed')],
    ['one that was killed here', said(100, { host: hostname(), processId: NO_PROCESS })],
    ['one that has been silent for more than a minute', said(61_000)],
    ['one whose clock is far ahead, or ours far behind', said(-61_000)],
  ])('from %s: at once', async (_who, status) => {
    store.status = status
    expect(await take()).toMatchObject({ generation: 4 })
    expect(waited()).toBe(0)
  })

  test.each<[string, StatusNote]>([
    ['elsewhere, which nobody can ask', said(1_000)],
    ['elsewhere, a while ago', said(59_000)],
    ['elsewhere, with a clock a little ahead', said(-2_000)],
    ['here, and a process has its number', said(1_000, { host: hostname(), processId: process.ppid })],
    [
      'here under our number, as in a container that was started again',
      said(1_000, { host: hostname(), processId: process.pid }),
    ],
  ])('from one that was running %s: after its silence', async (_where, status) => {
    store.status = status
    expect(await take()).toMatchObject({ generation: 4 })
    expect(waited()).toBeGreaterThanOrEqual(6_500)
    expect(waited()).toBeLessThan(8_000)
  })

  test('is refused when the other one gives a sign of life, and nothing is written', async () => {
    store.status = said(4_900)
    store.later = [{ ...said(0), at: BEGAN + 100 }]
    const error = await take().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({
      exitCode: ExitCode.Protected,
      message: `This replicator already runs: host ${ELSEWHERE}, process 17, started 2023-11-14T22:12:20.000Z.`,
    })
    expect(waited()).toBeLessThan(1_000)
    expect(store.saved).toEqual([])
  })

  test('is refused even when the sign comes as late as it may', async () => {
    store.status = said(0)
    store.later = [{ ...said(0), at: BEGAN + 5_000 }]
    await expect(take()).rejects.toThrow('already runs')
  })

  test('comes at once when the other one ends while it is waited for', async () => {
    store.status = said(1_000)
    store.later = [{ ...said(0, {}, 'stopped'), at: BEGAN + 700 }]
    expect(await take()).toMatchObject({ generation: 4 })
    expect(waited()).toBeLessThan(1_500)
  })

  test('from one that another has taken over meanwhile and left, the generations go on', async () => {
    store.status = said(1_000)
    store.later = [{ ...said(0, { id: 'between', generation: 9 }, 'stopped'), at: BEGAN + 700 }]
    expect(await take()).toMatchObject({ generation: 10 })
  })
})

test('what another one has noted until it ended is read again, and only then', async () => {
  await take()
  expect(store.loads).toBe(0)
  store.status = said(0, { host: ELSEWHERE })
  await take()
  expect(store.loads).toBe(1)
})

describe('two at once', () => {
  test('of two that start at the same moment the one that says so first stays', async () => {
    const other = said(0, { id: 'other', generation: 1 })
    store.meanwhile = { before: [], after: [other] }
    expect(await take()).toMatchObject({ generation: 1 })
    store.status = undefined
    store.meanwhile = { before: [other], after: [] }
    await expect(take()).rejects.toMatchObject({ exitCode: ExitCode.Protected })
  })

  test('one that woke up after long silence does not stop its successor', async () => {
    store.status = said(120_000, { generation: 4 })
    store.meanwhile = { before: [said(0, { generation: 4 })], after: [] }
    expect(await take()).toMatchObject({ generation: 5 })
  })

  const anyInstance = fc.record({
    id: fc.uuid(),
    generation: fc.integer({ min: 1, max: 3 }),
    host: fc.constant('h'),
    processId: fc.constant(1),
    startedAt: fc.constant(0),
  })
  const runs = (instance: InstanceNote): StatusNote => ({ state: 'running', at: 0, instance })

  test('of two lives the later one stays; of those that started at once none, since all but the first have ended', () => {
    fc.assert(
      fc.property(anyInstance, anyInstance, (one, other) => {
        fc.pre(one.id !== other.id)
        const ends = [mustStandDown(one, [runs(other)]), mustStandDown(other, [runs(one)])]
        expect(ends.filter(end => end !== undefined)).toHaveLength(one.generation === other.generation ? 0 : 1)
      }),
    )
  })

  test('the later one stays; one that has ended makes nobody stand down', () => {
    const [mine, newer] = [said(0, { id: 'b' }).instance, said(0, { id: 'a', generation: 4 }).instance]
    expect(mustStandDown(mine, [runs(newer)])).toBe(newer)
    expect(
      mustStandDown(mine, [
        { ...runs(newer), state: 'stopped' },
        { ...runs(newer), state: 'failed' },
      ]),
    ).toBeUndefined()
    expect(mustStandDown(mine, [])).toBeUndefined()
  })
})

test('an instance is named so that a person finds it', () => {
  expect(describeInstance(said(0, { host: 'db-1' }).instance)).toBe(
    'host db-1, process 17, started 2023-11-14T22:12:20.000Z',
  )
})
