import { expect, test } from 'vitest'
import { TextScreen } from '../../src/cli/runbook-screen.ts'
import type { GateTable } from '../../src/runbooks/context.ts'
import type { RunbookEvent } from '../../src/runbooks/runbook-events.ts'
import { step } from '../runbooks/fake-context.ts'
import { storedStatus } from '../support/stored-status.ts'
import { fakeShell } from './fake-shell.ts'

const AT = '2026-01-02T14:02:31.000Z'
const PLAN = {
  ...({
    name: 'failover',
    replicatorName: 'a',
    purpose: 'Moves.',
    resumeCommand: 'resume it',
    endsAs: 'done',
  } as const),
  steps: [step('drain', {})],
}

function screenOf(isTTY: boolean) {
  const { shell, out } = fakeShell({ home: '' })
  Object.assign(shell.stdout, { isTTY, columns: isTTY ? 200 : undefined, rows: isTTY ? 24 : undefined })
  return { screen: new TextScreen(PLAN, false, shell), out }
}

function look(sample: number, lacking: string | undefined): GateTable {
  const status = storedStatus({ at: new Date(Date.parse(AT) + sample * 5_000).toISOString() })
  const good = lacking === undefined ? 1 : 0
  return {
    title: 'drain',
    threshold: 'lag 0',
    shows: { kind: 'replicator' },
    sample,
    good,
    samples: 3,
    status,
    lacking,
  }
}

test('on a terminal the tables of a gate are drawn over themselves, and lives between looks until the end', async () => {
  const { screen, out } = screenOf(true)
  screen.table(look(1, 'lag 2'))
  screen.table(look(2, 'lag 1'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the cursor goes back
  expect(out().split(/\u001b\[\d+A\r\u001b\[0J/)).toEqual([
    expect.stringContaining('not ready: lag 2'),
    expect.stringContaining('not ready: lag 1'),
  ])
  const end = new AbortController()
  const living = screen.live(end.signal)
  await expect.poll(() => out()).toContain('waits, last look')
  end.abort()
  await living
})

test('what the evidence keeps has neither the colours nor the width of the terminal', () => {
  const { screen } = screenOf(true)
  const { news, tables } = screen.table(look(1, `lag ${'9'.repeat(300)}`))
  expect(news).toBe(`${tables}\n`)
  expect(tables).toContain(`not ready: lag ${'9'.repeat(300)}\n`)
  expect(screen.table(look(2, `lag ${'9'.repeat(300)}`)).news).toBe('')
})

test.each([
  [{ byFlag: true, answer: 'yes' }, 'Go on? yes (--yes)\n'],
  [{ byFlag: false, answer: 'nobody-there' }, 'Go on? Nobody is there to answer.\n'],
  [{ byFlag: false, answer: 'yes' }, ''],
] as const)('a question that nobody has seen is told with its answer: %o', (facts, text) => {
  const { screen, out } = screenOf(true)
  screen.event({ at: AT, event: 'asked', question: 'Go on?', isFact: false, ...facts })
  expect(out()).toBe(text)
})

test('a line of many lines stays so, without what would move the cursor', () => {
  const { screen, out } = screenOf(true)
  const line: RunbookEvent = { at: AT, event: 'line', text: 'a\u001b[2Jb\nc' }
  screen.event(line)
  expect(out()).toBe('a[2Jb\nc\n')
})
