import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExitCode, UserError } from '../../src/errors.ts'
import { handOver } from '../../src/runbooks/hand-over.ts'
import { type RunbookWishes, runRunbook } from '../../src/runbooks/run-runbook.ts'
import { PASSED, type Step, type StepOutcome, type StepState } from '../../src/runbooks/step.ts'
import { isOver, progressOf } from '../../src/runbooks/step-progress.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { act, fakeContext, newJournal, reopen, runbookOf, step } from './fake-context.ts'

/** A runbook in one folder, life after life. */
async function lives(steps: Step[]) {
  const folder = await temporaryFolder()
  await newJournal(folder)
  return async (wishes: RunbookWishes = {}, context: Partial<Parameters<typeof fakeContext>[0]> = {}) => {
    const journal = await reopen(folder)
    const states: string[] = []
    const listener = async ({ name }: Step, state: StepState) => {
      states.push(`${name} ${state.kind}${'part' in state ? ` ${state.part}` : ''}`)
    }
    const end = await runRunbook(runbookOf(steps), fakeContext({ journal, ...context }), listener, wishes)
    return { ...end, states, journal }
  }
}

test('parts in order: check, act, gate; a second life repeats nothing', async () => {
  const did: string[] = []
  const parts = (name: string) => ({
    check: async () => note(`${name} check`),
    act: act(() => note(`${name} act`)),
    gate: async () => note(`${name} gate`),
  })
  const note = (what: string) => {
    did.push(what)
    return PASSED
  }
  const run = await lives([step('a', parts('a')), step('b', parts('b'))])
  expect(await run()).toMatchObject({ exitCode: 0, stoppedAt: undefined })
  expect(did).toEqual(['a check', 'a act', 'a gate', 'b check', 'b act', 'b gate'])
  expect((await run()).states).toEqual(['a passed', 'b passed'])
  expect(did).toHaveLength(6)
})

test.each<[StepOutcome, number]>([
  [{ kind: 'no', reason: 'x' }, 1],
  [{ kind: 'timed-out', reason: 'x' }, 4],
  [{ kind: 'protected', reason: 'x' }, 5],
  [{ kind: 'person', reason: 'x' }, 6],
  [{ kind: 'interrupted' }, 130],
  [{ kind: 'failed', reason: 'x' }, 254],
  [{ kind: 'failed', reason: 'x', exitCode: ExitCode.Environment }, 253],
])('%j stops it with %d, and what comes behind is not begun', async (outcome, exitCode) => {
  const run = await lives([
    step('a', { gate: async () => outcome }),
    step('b', { act: act(() => expect.unreachable()) }),
  ])
  expect(await run()).toMatchObject({ exitCode, stoppedAt: 'a', outcome })
})

test.each([
  [new Error('no route'), 254, 'failed'],
  [new UserError('diverged', { exitCode: ExitCode.Protected, fix: 'look' }), 5, 'protected'],
  [new UserError('no password', { exitCode: ExitCode.Environment }), 253, 'failed'],
])('%s that is thrown is an outcome', async (error, exitCode, kind) => {
  for (const part of ['check', 'gate', 'isNeeded'] as const) {
    const run = await lives([
      step('a', {
        act: act(() => {}),
        [part]: async () => {
          throw error
        },
      }),
    ])
    expect(await run()).toMatchObject({ exitCode, outcome: { kind, reason: error.message } })
  }
})

test('not needed: kept for good, also when it would be needed later', async () => {
  let isNeeded = false
  const gate = { outcome: { kind: 'no', reason: 'x' } as StepOutcome }
  const run = await lives([
    step('create', { isNeeded: async () => isNeeded, act: act(() => expect.unreachable()) }),
    step('wait', { gate: async () => gate.outcome }),
  ])
  expect((await run()).states[0]).toBe('create not-needed')
  isNeeded = true
  gate.outcome = PASSED
  expect(await run()).toMatchObject({ exitCode: 0 })
})

test('a check is repeated in a later life until its act is done, and not behind it', async () => {
  const checks: string[] = []
  let outcome: StepOutcome = { kind: 'failed', reason: 'x' }
  const run = await lives([
    step('a', {
      check: async () => {
        checks.push('check')
        return PASSED
      },
      act: { isDone: async () => false, run: async () => outcome },
      gate: async () => (checks.length > 1 ? PASSED : { kind: 'no', reason: 'x' }),
    }),
  ])
  await run()
  outcome = PASSED
  expect((await run()).exitCode).toBe(0)
  expect(checks).toHaveLength(2)
})

test('an act that says it is not done is done again, also when nobody could tell', async () => {
  const outcomes: StepOutcome[] = [{ kind: 'failed', reason: 'exit code 1' }, PASSED]
  const run = await lives([
    step('a', { act: { isDone: async () => 'unknown', run: async () => outcomes.shift() as StepOutcome } }),
  ])
  expect((await run()).exitCode).toBe(254)
  expect((await run()).exitCode).toBe(0)
  expect(outcomes).toEqual([])
})

/** A life that ended in the middle of its act: nobody has written down how. */
async function killedInAct(isDone: boolean | 'unknown', stages = 1) {
  const effects: string[] = []
  const kills = { left: stages }
  const run = await lives([
    step('a', {
      act: act(() => {
        effects.push('a')
        if (kills.left-- > 0) throw new Error('killed')
      }, isDone),
    }),
  ])
  await run()
  return { run, effects }
}

test.each([
  [true, 1],
  [false, 2],
] as const)('begun and no end: isDone %s, so in the end it was done %d times', async (isDone, times) => {
  const { run, effects } = await killedInAct(isDone)
  expect((await run()).exitCode).toBe(0)
  expect(effects).toHaveLength(times)
})

test('begun and no end, and nobody can tell: without a person it is never done again, however often it is resumed', async () => {
  const { run, effects } = await killedInAct('unknown')
  for (let life = 0; life < 3; life++) {
    expect(await run()).toMatchObject({
      exitCode: 6,
      outcome: { goOn: [{ flags: '--done a' }, { flags: '--from-step a' }] },
    })
  }
  expect(effects).toHaveLength(1)
})

test.each([
  ['yes', 1, 0],
  ['no', 2, 0],
  ['interrupted', 1, 130],
] as const)('… a person says %s: done %d times, exit code %d', async (answer, times, exitCode) => {
  const { run, effects } = await killedInAct('unknown')
  expect((await run({}, { answer: () => answer })).exitCode).toBe(exitCode)
  expect(effects).toHaveLength(times)
})

test('--done: the person knows that it was done', async () => {
  const { run, effects } = await killedInAct('unknown')
  expect((await run({ done: 'a' })).exitCode).toBe(0)
  expect(effects).toHaveLength(1)
})

test('--done is refused for what was not begun, is done already or is not there', async () => {
  const run = await lives([step('a', { act: act(() => {}) })])
  await expect(run({ done: 'a' })).rejects.toMatchObject({
    exitCode: 252,
    message: expect.stringContaining('not been begun'),
  })
  await run()
  await expect(run({ done: 'a' })).rejects.toMatchObject({
    exitCode: 252,
    message: expect.stringContaining('known to be done'),
  })
  await expect(run({ done: 'x' })).rejects.toMatchObject({ exitCode: 252, fix: 'Its steps: a.' })
})

test('--from-step does it again without asking, and passes over those before for good', async () => {
  const { run, effects } = await killedInAct('unknown')
  expect((await run({ fromStep: 'a' })).exitCode).toBe(0)
  expect(effects).toHaveLength(2)

  const did: string[] = []
  const stuck: { outcome: StepOutcome } = { outcome: { kind: 'no', reason: 'x' } }
  const next = await lives([
    step('one', { act: act(() => did.push('one')) }),
    step('two', { gate: async () => ({ kind: 'no', reason: 'never' }) }),
    step('three', { check: async () => stuck.outcome, act: act(() => did.push('three')) }),
  ])
  await next()
  expect((await next({ fromStep: 'three' })).states).toEqual([
    'one passed',
    'two passed-over',
    'three under-way check',
    'three stopped check',
  ])
  stuck.outcome = PASSED
  expect((await next()).exitCode).toBe(0)
  expect(did).toEqual(['one', 'three'])
  await expect(next({ fromStep: 'four' })).rejects.toMatchObject({ exitCode: 252 })
})

test('--from-step: gates behind it are waited for again, and acts that were done are not repeated', async () => {
  const did: string[] = []
  const run = await lives([
    step('one', { act: act(() => did.push('one'), true) }),
    step('two', {
      act: act(() => did.push('two'), true),
      gate: async () => (did.push('gate') > 0 ? PASSED : expect.unreachable()),
    }),
  ])
  await run()
  await run({ fromStep: 'one' })
  expect(did).toEqual(['one', 'two', 'gate', 'one', 'gate'])
})

test('a stop is seen between parts, and before an act that was begun is asked about', async () => {
  const stop = new AbortController()
  const run = await lives([
    step('a', {
      check: async () => {
        stop.abort()
        return PASSED
      },
      act: act(() => expect.unreachable()),
    }),
  ])
  expect(await run({}, { stop: stop.signal })).toMatchObject({ exitCode: 130, stoppedAt: 'a' })
  const { run: killed } = await killedInAct(true)
  expect(await killed({}, { stop: stop.signal })).toMatchObject({ exitCode: 130 })
})

test('handed over to a person: 6 without one, and who resumes says that it was done', async () => {
  let stands = false
  const run = await lives([
    step('stop-producers', {
      act: handOver('stop-producers', 'stop-producers', 'Stop all producers.'),
      gate: async () => (stands ? PASSED : { kind: 'timed-out', reason: 'they still write' }),
    }),
  ])
  expect(await run()).toMatchObject({ exitCode: 6, outcome: { reason: 'Stop all producers.' } })
  expect(await run()).toMatchObject({ exitCode: 4, outcome: { reason: 'they still write' } })
  stands = true
  expect(await run()).toMatchObject({ exitCode: 0 })
})

test('a journal that cannot be written stops everything before it is done', async () => {
  const journal = await newJournal(await temporaryFolder())
  journal.write = async () => {
    throw new UserError('the disk is full', { exitCode: ExitCode.Environment })
  }
  const steps = [step('a', { act: act(() => expect.unreachable()) })]
  const run = runRunbook(runbookOf(steps), fakeContext({ journal }), async () => {})
  await expect(run).rejects.toThrow('the disk is full')
})

/** A kill, as far as this process can have one: nothing after it happens. */
class Kill extends Error {}

test('--from-step, killed at any point and resumed: it is done at most once more, the others not at all', async () => {
  const counts = new Set<number>()
  for (let killAt = 0; killAt < 30; killAt++) {
    const folder = await temporaryFolder()
    await newJournal(folder)
    const effects: number[] = []
    let left = Number.POSITIVE_INFINITY
    const point = () => {
      if (left-- <= 0) throw new Kill()
    }
    const model = { kind: 'visible', hasCheck: true, hasGate: true, isNeeded: true } as const
    const steps = [0, 1, 2].map(i => modelStep(model, i, effects, point))
    const live = async (points: number, wishes: RunbookWishes = {}) => {
      left = points
      const journal = await reopen(folder)
      const write = journal.write.bind(journal)
      journal.write = async entry => {
        point()
        await write(entry)
      }
      const run = runRunbook(runbookOf(steps), fakeContext({ journal }), async () => {}, wishes)
      await run.catch(error => expect(error).toBeInstanceOf(Kill))
    }
    await live(Number.POSITIVE_INFINITY)
    await live(killAt, { fromStep: 's1' })
    await live(Number.POSITIVE_INFINITY)
    expect([0, 2].map(i => effects.filter(effect => effect === i).length)).toEqual([1, 1])
    counts.add(effects.filter(effect => effect === 1).length)
  }
  expect(counts).toEqual(new Set([1, 2]))
})

/** What the world and a person who looks at it know of one step. */
interface Model {
  kind: 'visible' | 'unknown' | 'no-act'
  hasCheck: boolean
  hasGate: boolean
  isNeeded: boolean
}

const MODEL = fc.record<Model>({
  kind: fc.constantFrom('visible', 'unknown', 'no-act'),
  hasCheck: fc.boolean(),
  hasGate: fc.boolean(),
  isNeeded: fc.boolean(),
})

test('killed at any points of any lives: every effect once, in order, and all steps are over in the end', async () => {
  const folder = await temporaryFolder()
  let number = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(MODEL, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat({ max: 25 }), { maxLength: 4 }),
      async (models, kills) => {
        const name = `${number++}.jsonl`
        await newJournal(folder, name)
        const effects: number[] = []
        let left = Number.POSITIVE_INFINITY
        let isDead = false
        const point = () => {
          if (left-- <= 0) isDead = true
          if (isDead) throw new Kill()
        }
        const steps = models.map((model, i) => modelStep(model, i, effects, point))
        for (const life of [...kills, Number.POSITIVE_INFINITY]) {
          left = life
          isDead = false
          const journal = await reopen(folder, name)
          const write = journal.write.bind(journal)
          journal.write = async entry => {
            point()
            await write(entry)
            point()
          }
          const answer = (question: string) => (effects.includes(Number(/s(\d+)/.exec(question)?.[1])) ? 'yes' : 'no')
          try {
            const context = fakeContext({ journal, answer })
            expect((await runRunbook(runbookOf(steps), context, async () => {})).exitCode).toBe(0)
          } catch (error) {
            if (!(error instanceof Kill)) throw error
          }
        }
        const wanted = models.flatMap(({ kind, isNeeded }, i) => (isNeeded && kind !== 'no-act' ? [i] : []))
        expect(effects).toEqual(wanted)
        const progress = progressOf((await reopen(folder, name)).entries, steps)
        expect(steps.every((one, i) => isOver(one, progress[i]!))).toBe(true)
      },
    ),
    { numRuns: 150 },
  )
})

function modelStep(
  { kind, hasCheck, hasGate, isNeeded }: Model,
  i: number,
  effects: number[],
  point: () => void,
): Step {
  const passes = async () => {
    point()
    return PASSED
  }
  const effect = {
    isDone: async () => (kind === 'unknown' ? ('unknown' as const) : effects.includes(i)),
    run: async () => {
      point()
      effects.push(i)
      point()
      return PASSED
    },
  }
  return step(`s${i}`, {
    ...(kind === 'no-act' ? {} : { act: effect }),
    ...(hasCheck || kind === 'no-act' ? { check: passes } : {}),
    ...(hasGate ? { gate: passes } : {}),
    ...(isNeeded ? {} : { isNeeded: async () => false }),
  })
}
