import { expect, test } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import type { GateTable } from '../../src/runbooks/context.ts'
import type { HookResult } from '../../src/runbooks/hooks.ts'
import type { StepOutcome, StepState } from '../../src/runbooks/step.ts'
import type { RunbookPlan, RunbookVerdict } from '../../src/ui/runbook-text.ts'
import { RunbookView, type RunbookViewOptions } from '../../src/ui/runbook-view.ts'
import { storedPartition, storedTopic } from '../support/stored-status.ts'
import { drain, drained, drainLook, groupsLook, mixedGroups, PLAIN, stopped, stopping } from './gates.ts'

const LOG: RunbookViewOptions = { ...PLAIN, inPlace: false, width: undefined }
const TERMINAL: RunbookViewOptions = { ...PLAIN, inPlace: true, height: 24 }
const NOW = Date.UTC(2026, 0, 2, 14, 2, 31)
const CLOCK: Clock = { now: () => NOW, monotonic: () => 0, sleep: async () => undefined }

const PLAN: RunbookPlan = {
  ...({ name: 'failover', replicatorName: 'orders-dr', endsAs: 'done' } as const),
  purpose: 'Moves the applications from east to west; each step is proved before the next begins.',
  resumeCommand: 'kafka-replicator failover --replicator-name orders-dr --resume',
  steps: [
    step('pre-flight', 'see that both clusters and the replicator are well'),
    step('stop-producers', 'stop the producers on the source'),
    step(
      'drain',
      'wait until everything is copied',
      'kafka-replicator wait --replicator-name orders-dr --for caught-up',
    ),
    step('fence', 'deny writing to the topics on the source'),
    step('groups', 'wait for the consumer groups'),
    step(
      'hand-over',
      'start the consumers, then the producers, on the target',
      'hook start-consumers',
      'hook start-producers',
    ),
  ],
}
const HOOK: HookResult = {
  ...{ command: 'kubectl scale deploy/shop --replicas=0', exitCode: 0, signal: null, endedBecause: undefined },
  ...{ durationMs: 900, outputFile: 'runs/7f3a/hook-stop-producers.log' },
  lastLines: 'pod shop-10 has ended\npod shop-11 has ended\ndone',
}
const TIMED_OUT: Exclude<StepOutcome, { kind: 'passed' }> = {
  kind: 'timed-out',
  reason: 'consumer groups: not so within 3600 s: orders-app waits for the copy, and 1 more group',
  fix: 'See what holds it up, then resume.',
}
const UNDER_WAY: StepState = { kind: 'under-way', part: 'check' }

test.each([
  ['terminal', 80, true],
  ['terminal', 120, true],
  ['log', undefined, false],
] as const)('a failover that times out, %s of %s columns: as the golden file has it', async (where, width, inPlace) => {
  const view = viewOf({ ...TERMINAL, height: inPlace ? 24 : undefined, width, inPlace })
  await expect(play(view)).toMatchFileSnapshot(`golden/runbook-timed-out-${where}${width ? `-${width}` : ''}.txt`)
})

test.each([80, 120])('a failover that is done, coloured and not: %i columns', async width => {
  const next = [
    {
      text: 'See that everything works on the target; go back with:',
      command: 'kafka-replicator failback --replicator-name orders-dr',
    },
  ]
  const verdict = { how: 'passed', stoppedAt: undefined, next } as const
  const written = (color: boolean) => {
    const view = viewOf({ ...TERMINAL, width, color })
    return view.step('hand-over', { kind: 'passed' }) + view.end({ ...verdict, evidence: 'runs/7f3a' })
  }
  await expect(written(false)).toMatchFileSnapshot(`golden/runbook-done-${width}.txt`)
  if (width === 80) await expect(written(true)).toMatchFileSnapshot('golden/runbook-done-coloured-80.txt')
  expect(withoutColours(written(true))).toBe(written(false))
})

test('--dry-run: the steps with their commands, and that nothing was done', async () => {
  const text = viewOf(TERMINAL).begin({ isDryRun: true })
  await expect(text).toMatchFileSnapshot('golden/runbook-dry-run-80.txt')
  expect(text).not.toContain('--resume')
})

test('on a terminal the table is drawn over the one before, lines stay above it, and the last table stays', () => {
  const view = viewOf(TERMINAL)
  const [first, second] = drained(2).slice(-2) as [GateTable, GateTable]
  const drawn = view.table({ ...first, sample: 1 })
  expect(drawn).not.toContain('\u001b')
  const back = `\u001b[${drawn.split('\n').length - 1}A\r\u001b[0J`
  expect(view.line('broker 2 is back')).toBe(`${back}broker 2 is back\n${drawn}`)
  expect(view.table({ ...second, sample: 2 }).startsWith(`${back}GATE`)).toBe(true)
  expect(view.step('drain', { kind: 'passed' })).toBe('3/6 was done before: wait until everything is copied\n')
  expect(view.line('on with it')).toBe('on with it\n')
  expect(view.table({ ...first, sample: 1 })).toMatch(/^GATE 3\/6/)
})

test.each([
  ['question', (view: RunbookView) => view.question('Are the producers stopped?')],
  ['hook', (view: RunbookView) => view.hook('stop-producers', HOOK)],
  ['end', (view: RunbookView) => view.end(verdict(TIMED_OUT))],
] as const)('what is drawn after a %s does not reach what stands above it', (_name, say) => {
  const view = viewOf(TERMINAL)
  view.table({ ...drained(1)[0]!, sample: 1 })
  expect(say(view)).not.toContain('\u001b')
  expect(view.table({ ...drained(1)[1]!, sample: 2 })).toMatch(/^GATE/)
})

test('between looks it is told how long ago the last one was; in a log, and when the gate is over, nothing', () => {
  const view = viewOf(TERMINAL)
  expect(view.tick()).toBe('')
  const drawn = view.table({ ...drained(1)[0]!, sample: 1 })
  expect(drawn).not.toContain('last look')
  const back = `\u001b[${drawn.split('\n').length - 1}A\r\u001b[0J`
  const again = drawn.replace('\nwaits; ', '\nwaits, last look 25s ago; ')
  expect(view.tick()).toBe(`${back}${again}`)
  expect(view.tick()).toBe(`${back}${again}`)
  view.step('drain', { kind: 'passed' })
  expect(view.tick()).toBe('')
  const log = viewOf(LOG)
  log.table({ ...drained(1)[0]!, sample: 1 })
  expect(log.tick()).toBe('')
})

test('rates do not outlive their gate', () => {
  const view = viewOf(TERMINAL)
  for (const look of drain()) view.table(look)
  expect(view.table({ ...drain()[5]!, sample: 1 })).toMatch(/\norders .* \? +above threshold p17\n/)
})

test('in a log: a table when a state has changed, a line every 10 s while numbers move, every 60 s while none does', () => {
  const view = viewOf(LOG)
  const look = (sample: number, copied: number) => {
    const topics = [storedTopic('orders', [storedPartition(0, 'copying', 1_000, copied)])]
    return view.table(drainLook(sample, topics, { lacking: `lag ${1_000 - copied}` }))
  }
  const kind = (text: string) => (text.startsWith('GATE') ? 'table' : text && 'line')
  const moving = Array.from({ length: 9 }, (_, n) => kind(look(n + 1, 10 * n)))
  expect(moving).toEqual(['table', '', 'table', '', 'line', '', 'line', '', 'line'])
  const stuck = Array.from({ length: 30 }, (_, n) => kind(look(n + 10, 80)))
  expect(stuck.slice(0, 5)).toContain('table')
  expect(stuck.slice(5).filter(text => text === 'line')).toHaveLength(2)
  expect(stuck.slice(5)).not.toContain('table')
})

test('in a log: every sample that counts is told, and the legend once', () => {
  const view = viewOf(LOG)
  const texts = drained(3).map(look => view.table(look))
  expect(texts.map(text => /ready [123] of 3 samples/.exec(text)?.[0])).toEqual([
    ...[undefined, undefined],
    ...['ready 1 of 3 samples', 'ready 2 of 3 samples', 'ready 3 of 3 samples'],
  ])
  expect(texts.filter(text => text.includes('SRC-END last committed'))).toHaveLength(1)
})

test('in a log: thousands of topics are the worst of them, and a count', () => {
  const topics = Array.from({ length: 5_000 }, (_, n) => storedTopic(`t${n}`, [storedPartition(0, 'copying', 9, 1)]))
  const text = viewOf(LOG).table(drainLook(1, topics))
  expect(text.split('\n').length).toBeLessThan(30)
  expect(text).toContain('… and 4,980 more topics\n')
})

test.each([
  ['no', 'stopped'],
  ['timed-out', 'timed out'],
  ['protected', 'stopped to protect the data'],
  ['person', 'waits for a person'],
  ['failed', 'failed'],
] as const)('a step that ends with %s says so, why, and what mends it', (kind, words) => {
  const view = viewOf({ ...TERMINAL, width: 120 })
  view.step('drain', UNDER_WAY)
  const outcome = { kind, reason: 'partition 3 has no leader', fix: 'Start its broker.' }
  expect(view.step('drain', { kind: 'stopped', part: 'gate', outcome })).toBe(
    `3/6 ${words}: wait until everything is copied\n  partition 3 has no leader\n  Start its broker.\n`,
  )
  const end = view.end(verdict(outcome))
  expect(end).toContain(`\nfailover of orders-dr: ${words} at step 3/6, wait until everything is copied\n`)
  expect(end).toContain(`\n  ${PLAN.resumeCommand}\n`)
})

test('a step is announced once, whatever its parts', () => {
  const view = viewOf(TERMINAL)
  expect(view.step('drain', UNDER_WAY)).toBe('3/6 wait until everything is copied\n')
  expect(view.step('drain', { kind: 'under-way', part: 'gate' })).toBe('')
  expect(view.step('drain', { kind: 'passed' })).toBe('3/6 done: wait until everything is copied\n')
  expect(view.step('fence', { kind: 'not-needed' })).toBe('4/6 not needed: deny writing to the topics on the source\n')
  expect(view.step('groups', { kind: 'passed-over' })).toBe('5/6 passed over: wait for the consumer groups\n')
})

test.each([
  [{}, 'ended well'],
  [{ exitCode: 3 }, 'ended with exit code 3'],
  [{ exitCode: null, signal: 'SIGKILL' }, 'was ended by SIGKILL'],
  [{ exitCode: null, signal: 'SIGTERM', endedBecause: 'timeout' as const }, 'did not end in time'],
  [{ endedBecause: 'interrupted' as const }, 'was interrupted'],
  [{ exitCode: null }, 'could not be started'],
])('a hook %o %s', (facts, words) => {
  expect(viewOf(TERMINAL).hook('stop-producers', { ...HOOK, ...facts })).toContain(
    `hook stop-producers ${words}: kubectl`,
  )
})

test('a command that is told stays whole, so that it can be copied', () => {
  const command = `  kafka-acls.sh --remove ${'--topic orders '.repeat(9)}`
  expect(viewOf({ ...TERMINAL, width: 60 }).line(command)).toBe(`${command}\n`)
})

test('a hook that says nothing takes one line', () => {
  expect(
    viewOf(TERMINAL)
      .hook('start-producers', { ...HOOK, lastLines: '' })
      .split('\n'),
  ).toHaveLength(2)
})

test('gates that are waited for together stand below each other, and are drawn over together', () => {
  const view = viewOf({ ...TERMINAL, height: 60 })
  const back = { ...drained(1)[0]!, title: 'the other way', sample: 1 }
  view.table({ ...drained(1)[0]!, sample: 1 })
  const both = view.table(back)
  expect(both.match(/^.*GATE.*$/gm)).toHaveLength(2)
  const again = view.table({ ...drained(1)[1]!, sample: 2 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the cursor goes back
  expect(again).toMatch(/^\u001b\[\d+A\r\u001b\[0JGATE/)
  expect(again).toContain('the other way')
  view.table({ ...back, sample: 2 })
  expect(view.table({ ...drained(1)[0]!, sample: 1 })).not.toContain('the other way')
})

test('a gate that held at its first look is not drawn again beside that of the next step', () => {
  const view = viewOf({ ...TERMINAL, height: 60 })
  view.step('fence', UNDER_WAY)
  view.table({ ...drained(1)[0]!, title: 'a fact', sample: 1, samples: 1 })
  view.step('groups', UNDER_WAY)
  expect(view.table({ ...drained(1)[0]!, sample: 1 })).not.toContain('a fact')
})

test('the tables for the file are whole and without colours, whatever the screen is like', () => {
  const topics = Array.from({ length: 50 }, (_, n) => storedTopic(`t${n}`, [storedPartition(0, 'copying', 9, 1)]))
  const view = viewOf({ ...TERMINAL, color: true, width: 40, height: 12 })
  view.table(drainLook(1, topics))
  expect(view.lastTables().match(/^t\d+ /gm)).toHaveLength(50)
  expect(view.lastTables()).not.toContain('\u001b')
})

test('nothing from outside moves the cursor or colours the screen', () => {
  const evil = 'a\u001b[2Jb\nc\u202e\u009b31m'
  const plan = { ...PLAN, replicatorName: evil, purpose: evil, resumeCommand: evil }
  const steps = PLAN.steps.map(one => ({ ...one, title: evil, commands: [evil] }))
  for (const options of [LOG, TERMINAL]) {
    const view = new RunbookView({ ...plan, steps }, () => options, CLOCK)
    const outcome = { kind: 'failed', reason: evil, fix: evil } as const
    const texts = [
      ...[view.begin({ isDryRun: false }), view.begin({ isDryRun: true }), view.step('drain', UNDER_WAY)],
      ...[
        view.line(evil),
        view.question(evil),
        view.hook('stop-producers', { ...HOOK, command: evil, lastLines: evil }),
      ],
      view.table(drainLook(1, [], { lacking: evil })),
      view.step('drain', { kind: 'stopped', part: 'act', outcome }),
      view.end({ ...verdict(outcome), evidence: evil, next: [{ text: evil, command: evil }] }),
    ]
    for (const text of texts) {
      expect(text).toContain('a[2Jb')
      expect(['\u001b', '\u202e', '\u009b'].filter(mark => text.includes(mark))).toEqual([])
    }
  }
})

/** What a person sees of a failover that was resumed and then times out at its groups, without what was drawn over. */
function play(view: RunbookView): string {
  let screen = ''
  let live = ''
  const write = (text: string) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the cursor goes back and the rest is cleared
    const isRedrawn = /^\u001b\[\d+A\r\u001b\[0J/.test(text)
    screen += isRedrawn ? '' : live
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    live = text.replace(/^\u001b\[\d+A\r\u001b\[0J/, '')
  }
  write(view.begin({ isDryRun: false }))
  write(view.step('pre-flight', { kind: 'passed' }))
  write(view.step('stop-producers', UNDER_WAY))
  write(`${view.question('Stop the producers of 4 topics now?')}yes\n`)
  write(view.hook('stop-producers', HOOK))
  for (const look of stopping()) write(view.table(look))
  for (const look of stopped()) write(view.table(look))
  write(view.step('stop-producers', { kind: 'passed' }))
  write(view.step('drain', UNDER_WAY))
  for (const look of drained(3)) write(view.table(look))
  write(view.step('drain', { kind: 'passed' }))
  write(view.step('fence', { kind: 'not-needed' }))
  write(view.step('groups', UNDER_WAY))
  for (const sample of [1, 2, 3]) write(view.table(groupsLook(sample, mixedGroups())))
  write(view.step('groups', { kind: 'stopped', part: 'gate', outcome: TIMED_OUT }))
  write(view.end({ ...verdict(TIMED_OUT), stoppedAt: 'groups' }))
  return screen + live
}

function viewOf(options: RunbookViewOptions): RunbookView {
  return new RunbookView(PLAN, () => options, CLOCK)
}

function verdict(outcome: StepOutcome): RunbookVerdict {
  return {
    how: outcome.kind,
    stoppedAt: 'drain',
    evidence: 'runs/7f3a',
    next: [{ text: 'Go on with:', command: PLAN.resumeCommand }],
  }
}

function step(name: string, title: string, ...commands: string[]): RunbookPlan['steps'][number] {
  return { name, title, commands }
}

function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character
  return text.replace(/\u001b\[\d+m/g, '')
}
