import { join } from 'node:path'
import { type Clock, systemClock } from '../../src/clock.ts'
import type { Answer, GateTable, RunbookContext, RunbookSettings } from '../../src/runbooks/context.ts'
import { Evidence } from '../../src/runbooks/evidence.ts'
import { Hooks } from '../../src/runbooks/hooks.ts'
import { Journal } from '../../src/runbooks/journal.ts'
import { type Act, PASSED, type Runbook, type Step } from '../../src/runbooks/step.ts'
import type { RunbookTools } from '../../src/runbooks/tools.ts'
import { storedStatus } from '../support/stored-status.ts'

/**
 * Time that passes only where something sleeps, and at once; with `realMs` each sleep takes so long, for what waits for
 * real commands meanwhile.
 */
export function fakeClock({ realMs = 0 } = {}): Clock & { seconds(): number } {
  let now = Date.parse('2026-01-02T14:00:00.000Z')
  const start = now
  return {
    now: () => now,
    monotonic: () => now - start,
    sleep: async (ms, signal) => {
      if (realMs > 0) await systemClock.sleep(realMs, signal)
      if (!signal?.aborted) now += ms
    },
    seconds: () => (now - start) / 1_000,
  }
}

export interface FakeContextOptions {
  journal: Journal
  settings?: Partial<RunbookSettings>
  clock?: Clock
  stop?: AbortSignal
  status?: RunbookContext['status']
  statusOf?: RunbookContext['statusOf']
  answer?: (question: string) => Answer
  shown?: GateTable[]
  tools?: Partial<RunbookTools>
  /** Where the evidence is kept. */
  folder?: string
}

const refuse = async () => {
  throw new Error('This test has no clusters.')
}
/** What steps look at. */
const OPTIONS = {
  id: 'orders-dr-id',
  name: 'orders-dr',
  source: { alias: 'east', bootstrapBrokers: ['127.0.0.1:1'] },
  target: { alias: 'west', bootstrapBrokers: ['127.0.0.1:2'] },
  topics: { naming: 'identical' },
  groups: { synchronise: true },
} as unknown

const NO_TOOLS: RunbookTools = {
  ...{
    control: refuse,
    verify: refuse,
    writeHeartbeat: refuse,
    planFence: refuse,
    createRules: refuse,
    deleteRules: refuse,
  },
  asked: async () => null,
  ...{ claim: async () => {}, letGo: async () => {} },
}

/** The world of a runbook without any cluster: nobody is there to be asked unless the test says so. */
export function fakeContext(facts: FakeContextOptions): RunbookContext {
  const clock = facts.clock ?? fakeClock()
  const listener = { outputPath: () => '', ended: async () => {} }
  const answer = async (question: string) => facts.answer?.(question) ?? 'nobody-there'
  const gates = { samples: 3, intervalMs: 5_000, timeoutMs: 3_600_000, acceptDataLoss: false, deepVerify: false }
  return {
    options: OPTIONS as RunbookContext['options'],
    by: 'failover r-000000',
    settings: {
      ...{ ...gates, maxMessageLag: 0, maxLatencySeconds: 90, maxOffsetLag: 0 },
      ...{ expectedGroups: undefined, fence: undefined, takesOver: false },
      ...facts.settings,
    },
    clock,
    journal: facts.journal,
    evidence: new Evidence(facts.folder ?? ''),
    hooks: new Hooks({ commands: {}, timeoutMs: 1_000, env: {} }, clock, listener),
    tools: { ...NO_TOOLS, ...facts.tools },
    stop: facts.stop ?? new AbortController().signal,
    status: facts.status ?? (async () => storedStatus({})),
    statusOf: facts.statusOf ?? facts.status ?? (async () => storedStatus({})),
    say: async () => {},
    show: async table => void facts.shown?.push(table),
    confirm: answer,
    ask: answer,
  }
}

export async function newJournal(folder: string, name = 'journal.jsonl'): Promise<Journal> {
  return await Journal.create(join(folder, name), () => 0)
}

export async function reopen(folder: string, name = 'journal.jsonl'): Promise<Journal> {
  return await Journal.open(join(folder, name), () => 0)
}

export function step(name: string, parts: Partial<Step>): Step {
  return { name, title: `do ${name}`, commands: [], ...parts }
}

export function act(run: () => unknown, isDone: boolean | 'unknown' = false): Act {
  return {
    isDone: async () => isDone,
    run: async () => {
      await run()
      return PASSED
    },
  }
}

export function runbookOf(steps: Step[]): Runbook {
  return {
    name: 'failover',
    replicatorName: 'orders-dr',
    purpose: 'Proves it.',
    steps,
    next: { text: 'nothing' },
    endsAs: 'done',
  }
}
