import { expect, test } from 'vitest'
import { TextScreen } from '../../src/cli/runbook-screen.ts'
import type { GateTable } from '../../src/runbooks/context.ts'
import type { RunbookEvent } from '../../src/runbooks/runbook-events.ts'
import { storedStatus } from '../support/stored-status.ts'
import { fakeShell } from './fake-shell.ts'

const AT = '2026-01-02T14:02:31.000Z'
const LINE: RunbookEvent = { at: AT, event: 'line', text: 'a\u001b[2Jb' }

/** What stands on the screen after some looks of a gate and a line behind them. */
function shown(isTTY: boolean, lacks: (string | undefined)[]): string {
  const { shell, out } = fakeShell({ home: '' })
  Object.assign(shell.stdout, { isTTY, columns: isTTY ? 200 : undefined, rows: isTTY ? 24 : undefined })
  const screen = new TextScreen(shell)
  for (const [i, lacking] of lacks.entries()) {
    const look = { sample: i + 1, good: lacking === undefined ? 1 : 0, samples: 3, status: storedStatus({}) }
    const table: GateTable = { title: 'drain', threshold: 'lag 0', ...look, lacking }
    const text = screen.tableText(table)
    screen.table(table, text, `${text} and another`)
  }
  screen.event(LINE)
  return out()
}

test('on a terminal the tables of a gate are drawn over themselves, and a line stands below them', () => {
  const text = shown(true, ['lag 2', 'lag 1'])
  expect(text.split('\u001b[1A\r\u001b[0J')).toEqual([
    expect.stringMatching(/sample 1: not ready: lag 2 and another\n$/),
    expect.stringMatching(/sample 2: not ready: lag 1 and another\na\[2Jb\n$/),
  ])
})

test('elsewhere a look is written when it says something new', () => {
  const lines = shown(false, ['lag 2', 'lag 2', 'lag 1', undefined]).split('\n')
  expect(lines.map(line => /sample \d/.exec(line)?.[0] ?? line)).toEqual([
    'sample 1',
    'sample 3',
    'sample 4',
    'a[2Jb',
    '',
  ])
})
