import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { sortArgv } from '../../src/cli/argv.ts'
import { presentError } from '../../src/cli/errors.ts'
import { runRunbookCommand } from '../../src/cli/run-runbook-command.ts'
import type { RunbookKind } from '../../src/cli/runbook-kind.ts'
import { addRunbookOptions, type RunbookFlags } from '../../src/cli/runbook-options.ts'
import { waitForGate } from '../../src/runbooks/gate.ts'
import { handOver } from '../../src/runbooks/hand-over.ts'
import type { RunbookEvent } from '../../src/runbooks/runbook-events.ts'
import { PASSED, type Step } from '../../src/runbooks/step.ts'
import { act, fakeClock, step } from '../runbooks/fake-context.ts'
import { storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type FakeShellOptions, fakeShell, NO_ENGINE, runInProcess } from './fake-shell.ts'
import { createArguments } from './files.ts'

interface Flags extends RunbookFlags {
  unplanned?: true
}

interface Given {
  steps: Step[]
  undo?: Step[]
  lags?: number[]
  next?: string
}

/** The three runbooks are made so; this one has steps that the test brings. */
function start(argv: string[], { steps, undo = [], lags = [0], next = 'go home' }: Given, options: FakeShellOptions) {
  const kind: RunbookKind<Flags> = {
    name: 'failover',
    replicators: 1,
    defaults: { maxMessageLag: 0 },
    ownFlags: ['unplanned'],
    build: async () => ({ purpose: 'Moves the applications.', steps, next: { text: next } }),
    undo: async () => ({ purpose: 'Undoes it.', steps: undo, next: { text: 'as before' } }),
  }
  const left = [...lags]
  const read = async () => lagging(left.length > 1 ? left.shift()! : left[0]!)
  const engine = { ...NO_ENGINE, openStatus: () => ({ read, close: () => {} }) }
  const env = { KAFKA_REPLICATOR_HOME: options.home }
  const { shell, said, ...running } = fakeShell({ engine, clock: fakeClock({ realMs: 2 }), env, ...options })
  const done = async () => {
    try {
      const command = new Command('failover').exitOverride().option('--unplanned')
      addRunbookOptions(command, kind.defaults)
      const { args } = sortArgv(['failover', '--replicator-name', 'a', ...argv], () => command)
      await command
        .action(async (flags: Flags) => await runRunbookCommand(kind, flags, shell))
        .parseAsync(args, { from: 'user' })
      return said(shell.exitCode)
    } catch (error) {
      const { text, exitCode } = presentError(error, true)
      shell.stderr.write(text)
      return said(exitCode)
    }
  }
  return { done: done(), ...running }
}

async function run(argv: string[], given: Given, options: FakeShellOptions) {
  return await start(argv, given, options).done
}

async function homeWith(name = 'a'): Promise<string> {
  const home = await temporaryFolder()
  await runInProcess(createArguments(name), { home })
  return home
}

function lagging(lag: number) {
  const state = lag === 0 ? 'caught-up' : 'copying'
  return storedStatus({ topics: [storedTopic('orders', [storedPartition(0, state, 1_000, 1_000 - lag)])] })
}

const drain = step('drain', {
  title: 'wait until all is copied',
  gate: context =>
    waitForGate(
      {
        title: 'drain before failover',
        threshold: 'lag 0',
        shows: { kind: 'drain', maxLag: 0 },
        lacking: ({ totals }) => (totals.lag === 0 ? undefined : `lag ${totals.lag}`),
      },
      context,
    ),
})
const stopProducers = step('stop-producers', {
  title: 'stop the producers on the source',
  commands: ['kubectl scale --replicas=0 deploy/orders'],
  act: handOver('stop-producers', 'stop-producers', 'Stop all producers on the source.'),
})

async function runFolder(home: string): Promise<string> {
  const [id] = (await readdir(join(home, 'runbooks'))).filter(name => name.startsWith('r-'))
  return join(home, 'runbooks', id!)
}

/** A command takes real time; our clock passes much faster. */
const PATIENT = ['--hook-timeout', '99999']

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1)?.trim()

test('steps, gates, the end and what happens next, line by line', async () => {
  const home = await homeWith()
  const said = await run(
    [...PATIENT, '--on', 'stop-producers=echo $KAFKA_REPLICATOR_NAME'],
    { steps: [stopProducers, drain], lags: [475, 0] },
    { home },
  )
  const folder = await runFolder(home)
  const text = said.stdout
    .replaceAll(folder, '<folder>')
    .replaceAll(/r-[0-9a-f]{6}/g, 'r-xxxxxx')
    .replaceAll(/^\d\d:\d\d:\d\dZ/gm, '<time>')
  await expect(text).toMatchFileSnapshot('golden/runbook-in-a-log.txt')
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  const hook = (await readdir(folder)).find(name => name.startsWith('hook-'))
  expect(await readFile(join(folder, hook!), 'utf8')).toBe('a\n')
})

test('without a hook or a terminal it stops with 6, and the last line resumes it to its end', async () => {
  const home = await homeWith()
  const given = { steps: [stopProducers, drain] }
  const stopped = await run(['--samples', '1', '--unplanned', '--yes'], given, { home })
  expect(stopped).toMatchObject({
    exitCode: 6,
    stdout: expect.stringContaining('1/2 waits for a person: stop the producers on the source\n  Stop all producers'),
  })
  const next = lastLine(stopped.stdout)!
  expect(next).toMatch(/^kafka-replicator failover --replicator-name a --yes --resume r-[0-9a-f]{6}$/)
  const resumed = await run(next.split(' ').slice(4), given, { home })
  expect(resumed.exitCode).toBe(0)
  // What it was begun with holds: one good look is enough.
  expect(resumed.stdout.match(/^ready: goes on$/gm)).toHaveLength(1)
  const again = await run(['--resume'], given, { home })
  expect(again).toMatchObject({ exitCode: 252, stderr: expect.stringContaining('no unfinished failover') })
})

test('what is given at a resume holds for those behind it too; hooks by their names', async () => {
  const home = await homeWith()
  const hooks: string[] = []
  const seen = step('seen', {
    check: async ({ hooks: known, settings }) => {
      hooks.push(`${known.command('stop-producers')} ${known.command('start-producers')} ${settings.samples}`)
      return { kind: 'no', reason: 'x' }
    },
  })
  const given = { steps: [seen] }
  await run(['--on', 'stop-producers=a', '--on', 'start-producers=b', '--samples', '7'], given, { home })
  await run(['--resume', '--on', 'start-producers=c', '--samples', '2'], given, { home })
  await run(['--resume'], given, { home })
  expect(hooks).toEqual(['a b 7', 'a c 2', 'a c 2'])
})

test('on a terminal a person is asked; what is neither yes nor no is asked again', async () => {
  const home = await homeWith()
  const answers = ['', 'maybe', 'YES']
  const said = await run([], { steps: [stopProducers] }, { home, answers })
  expect(said.exitCode).toBe(0)
  expect(answers).toEqual([])
  const no = await run([], { steps: [stopProducers] }, { home, answers: ['no'] })
  expect(no.exitCode).toBe(6)
})

test('--yes confirms, but never says that something was done', async () => {
  const heard: string[] = []
  const asks = step('ask', {
    check: async context => {
      heard.push(await context.confirm('Go on?'), await context.ask('Was it done?'))
      return PASSED
    },
  })
  await run(['--yes'], { steps: [asks] }, { home: await homeWith() })
  expect(heard).toEqual(['yes', 'nobody-there'])
})

test('--dry-run shows the steps and commands, and touches nothing', async () => {
  const home = await homeWith()
  const unreachable = { openStatus: () => expect.unreachable() }
  const said = await run(
    ['--dry-run', '--yes'],
    { steps: [stopProducers, drain] },
    { home, engine: { ...NO_ENGINE, ...unreachable } },
  )
  expect(said).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: `FAILOVER of a
Moves the applications.
  1  stop the producers on the source
     $ kubectl scale --replicas=0 deploy/orders
  2  wait until all is copied
Nothing was done (--dry-run).

Do it with:
  kafka-replicator failover --replicator-name a --yes
`,
  })
  expect(await readdir(home)).toEqual(['replicators'])
})

test('--output jsonl: one event a line, from begun to ended, the same as is kept', async () => {
  const home = await homeWith()
  const said = await run(['--output', 'jsonl'], { steps: [stopProducers, drain] }, { home })
  const events = said.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as RunbookEvent)
  expect(events.map(({ event }) => event)).toEqual(['begun', 'step', 'line', 'asked', 'step', 'ended'])
  expect(events[0]).toMatchObject({
    runbook: 'failover',
    replicatorName: 'a',
    resumed: false,
    steps: [{ name: 'stop-producers' }, { name: 'drain' }],
  })
  expect(events[3]).toMatchObject({ isFact: true, answer: 'nobody-there' })
  expect(events.at(-1)).toMatchObject({
    exitCode: 6,
    verdict: 'person',
    stoppedAt: 'stop-producers',
    next: { command: expect.stringContaining('--replicator-name a --output jsonl --resume r-') },
  })
  expect(await readFile(join(await runFolder(home), 'events.jsonl'), 'utf8')).toBe(said.stdout)
  const resumed = await run(
    ['--output', 'jsonl', '--resume'],
    { steps: [stopProducers, drain], lags: [3, 0] },
    { home },
  )
  const gates = resumed.stdout
    .split('\n')
    .filter(line => line.includes('"event":"gate"'))
    .map(line => JSON.parse(line))
  expect(gates.map(({ lacking, good, totals }) => [lacking, good, totals.lag])).toEqual([
    ['lag 3', 0, 3],
    [null, 1, 0],
    [null, 2, 0],
    [null, 3, 0],
  ])
})

test('the evidence: every table, and a report that tells what was done and how to go on', async () => {
  const home = await homeWith()
  const fact = step('pre-flight', {
    check: async ({ journal }) => {
      await journal.write({ event: 'fact', name: 'lag before', value: 475 })
      return PASSED
    },
  })
  const steps = [fact, stopProducers, drain]
  await run([...PATIENT, '--on', 'stop-producers=echo x', '--timeout', '5'], { steps, lags: [475] }, { home })
  const folder = await runFolder(home)
  expect((await readFile(join(folder, 'tables.txt'), 'utf8')).match(/sample \d/g)).toEqual(['sample 1'])
  expect(JSON.parse(await readFile(join(folder, 'gate-drain.json'), 'utf8'))).toMatchObject({
    status: { totals: { lag: 475 } },
  })
  const report = await readFile(join(folder, 'report.md'), 'utf8')
  for (const part of [
    '# failover of a: timed-out',
    '**stopped** at `drain`: drain before failover: not so within 5 s: lag 475 (exit code 4)',
    '- how to go on: Go on with: kafka-replicator failover --replicator-name a --resume r-',
    '| 2 | stop-producers | stop the producers on the source | passed |',
    '| 3 | drain | wait until all is copied | gate: timed-out |',
    'lag before: 475',
    'not ready: lag 475',
    '| stop-producers | echo x | exit code 0 |',
  ]) {
    expect(report).toContain(part)
  }
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s stops it after the current look with %i, and the next line resumes it', async (which, exitCode) => {
  const home = await homeWith()
  let signal: (which: 'SIGINT' | 'SIGTERM') => void = () => {}
  const lags = [7, 6, 5, 4]
  const check = async () => {
    signal(which)
    return PASSED
  }
  const watched = { ...drain, check }
  const running = start([], { steps: [watched], lags }, { home })
  signal = running.signal
  const said = await running.done
  expect(said).toMatchObject({
    exitCode,
    stderr: expect.stringContaining('stopping; to go on: kafka-replicator failover'),
  })
  expect(lastLine(said.stdout)).toMatch(/^kafka-replicator .*--resume r-/)
  expect((await run(['--resume'], { steps: [drain] }, { home })).exitCode).toBe(0)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second %s ends it at once with %i, though a step hangs', async (which, exitCode) => {
  const home = await homeWith()
  let begun = false
  const hangs = step('hang', {
    gate: () => {
      begun = true
      return new Promise(() => {})
    },
  })
  const running = start([], { steps: [hangs] }, { home })
  await expect.poll(() => begun).toBe(true)
  running.signal(which)
  running.signal(which)
  expect((await running.done).exitCode).toBe(exitCode)
})

test('two runbooks on one replicator: the second is refused with 5', async () => {
  const home = await homeWith()
  const second: { exitCode?: number; stderr?: string } = {}
  const other = step('other', {
    check: async () => {
      Object.assign(second, await run([], { steps: [drain] }, { home }))
      return PASSED
    },
  })
  expect((await run([], { steps: [other] }, { home })).exitCode).toBe(0)
  expect(second).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('Another runbook is under way') })
})

test('an unfinished run that may have changed something is not left behind by mistake', async () => {
  const home = await homeWith()
  const harmless = [drain]
  expect((await run(['--timeout', '0'], { steps: harmless, lags: [1] }, { home })).exitCode).toBe(4)
  const stuck = [step('freeze', { act: act(() => {}) }), stopProducers]
  expect((await run([], { steps: stuck }, { home })).exitCode).toBe(6)
  const again = await run(['--unplanned'], { steps: stuck }, { home })
  expect(again).toMatchObject({ exitCode: 5, stdout: '' })
  expect(again.stderr).toMatch(/Go on with it: kafka-replicator failover --replicator-name a --resume r-\w+\n/)
  const anew = await run(['--anew'], { steps: stuck }, { home })
  expect(anew.exitCode).toBe(6)
  // The one that was left is not in the way of the next one.
  const [, id] = /--resume (r-\w+)/.exec(again.stderr)!
  expect((await run(['--resume', id!], { steps: stuck }, { home })).stderr).toContain('was left')
  expect((await run(['--resume'], { steps: stuck }, { home })).exitCode).toBe(0)
  expect((await run([], { steps: [drain] }, { home })).exitCode).toBe(0)
})

test('a run that was begun with --anew may take over from others also when it is resumed', async () => {
  const home = await homeWith()
  const seen: boolean[] = []
  const check: Step['check'] = async ({ settings }) => {
    seen.push(settings.takesOver)
    return { kind: 'no', reason: 'x' }
  }
  const given = { steps: [step('seen', { check })] }
  const begun = await run(['--anew'], given, { home })
  expect(lastLine(begun.stdout)).toMatch(/^kafka-replicator failover --replicator-name a --resume r-\w+$/)
  await run(['--resume'], given, { home })
  await run([], given, { home })
  expect(seen).toEqual([true, true, false])
})

test('--abort undoes and ends the run; once begun it is gone on with, and never the run itself', async () => {
  const home = await homeWith()
  const done: string[] = []
  const freeze = step('freeze', { act: act(() => done.push('freeze')) })
  let broken = true
  const unfreeze = step('unfreeze', {
    act: act(() => {
      if (broken) throw new Error('no route')
      done.push('unfreeze')
    }),
  })
  const given = { steps: [freeze, stopProducers], undo: [unfreeze] }
  expect((await run(['--abort'], given, { home })).stderr).toContain('no unfinished failover')
  expect((await run([], given, { home })).exitCode).toBe(6)
  const failed = await run(['--abort'], given, { home })
  expect(failed.exitCode).toBe(254)
  expect(lastLine(failed.stdout)).toMatch(/^kafka-replicator failover --replicator-name a --abort --resume r-\w+$/)
  broken = false
  const aborted = await run(['--resume'], given, { home })
  expect(aborted).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('aborted, what it had changed is undone'),
  })
  expect(done).toEqual(['freeze', 'unfreeze'])
  expect((await run(['--resume'], given, { home })).exitCode).toBe(252)
  expect((await run([], given, { home })).exitCode).toBe(6)
})

test('a wish that cannot be met is told with the command that resumes', async () => {
  const home = await homeWith()
  const said = await run(['--from-step', 'nope'], { steps: [drain] }, { home })
  expect(said).toMatchObject({ exitCode: 252, stderr: expect.stringContaining('Its steps: drain.') })
  expect(lastLine(said.stderr)).toMatch(/^next: kafka-replicator failover --replicator-name a --resume r-/)
})

test('straight from the files: the resume command has them, quoted for sh', async () => {
  const home = await temporaryFolder()
  const files = createArguments('a').slice(3)
  const said = await run(files, { steps: [stopProducers] }, { home })
  expect(said.exitCode).toBe(6)
  expect(lastLine(said.stdout)).toContain(`--kafka-clusters '[{"ApacheKafkaCluster"`)
})

test.each([
  [['--samples', '0'], "argument --samples: '0' is not a whole number from 1"],
  [['--interval', '0'], "argument --interval: '0'"],
  [['--max-message-lag', '-1'], "argument --max-message-lag: '-1'"],
  [['--timeout', 'x'], "argument --timeout: 'x'"],
  [['--on', 'stop-producer=x'], "'stop-producer=x' is not <name>=<command>"],
  [['--on', 'stop-producers='], "'stop-producers=' is not <name>=<command>"],
  [['--on', 'stop-producers=a', '--on', 'stop-producers=b'], 'stop-producers is given twice'],
  [['--hook-timeout', '0'], "argument --hook-timeout: '0'"],
  [['--done', 'x'], 'argument --done: only with --resume'],
  [['--anew', '--resume'], 'argument --anew: not together with --resume'],
  [['--abort', '--anew'], 'argument --abort: not together with --anew'],
  [['--abort', '--from-step', 'x'], 'argument --abort: not together with --from-step'],
  [['--dry-run', '--resume'], 'argument --dry-run: not together with --resume'],
  [['--replicator-name', 'b'], 'failover takes one replicator'],
])('wrong usage: %j', async (argv, text) => {
  const home = await homeWith()
  await runInProcess(createArguments('b'), { home })
  const said = await run(argv, { steps: [drain] }, { home })
  expect(said).toMatchObject({ exitCode: 252, stdout: '' })
  expect(said.stderr).toContain(text)
})

test.each([[[]], [['--dry-run']]])('a command for a step that there is none of is told: %o', async argv => {
  const steps = [step('stop-producers', {})]
  const on = ['--on', 'stop-producers=true', '--on', 'start-consumers=true']
  const { stderr } = await run([...on, ...argv], { steps }, { home: await homeWith() })
  expect(stderr).toBe('warning: --on start-consumers is never run: no step is to start consumers\n')
})

test('what goes on after a refusal stands in the last lines, whole; in jsonl too', async () => {
  const goOn = [
    { text: 'If it was done, go on with:', flags: '--done a' },
    { text: 'If not:', flags: '--from-step a' },
  ] as const
  const steps = [step('a', { check: async () => ({ kind: 'person', reason: 'who knows', goOn }) })]
  const { stdout } = await run([], { steps }, { home: await homeWith() })
  expect(stdout).toMatch(
    /Nothing after that was done\.\nIf it was done, go on with:\n {2}kafka-.* --resume r-\w{6} --done a\nIf not:\n {2}kafka-.* --from-step a\n$/,
  )
  const events = await run(['--output', 'jsonl'], { steps }, { home: await homeWith() })
  const last = JSON.parse(events.stdout.trim().split('\n').at(-1) ?? '')
  expect(last.next.command).toMatch(/ --done a$/)
  expect(last.or).toEqual([{ text: 'If not:', command: expect.stringMatching(/ --from-step a$/) }])
})
