import { expect, test } from 'vitest'
import { countBySeverity, type DoctorReport, type Finding, findingsOf } from '../../src/doctor/finding.js'
import { doctorScreen } from '../../src/ui/doctor-screen.js'

const LOOK = { width: 80, color: false, unicode: true, next: 'kafka-replicator run --replicator-name orders-dr' }
const brokers = findingsOf('brokers', 'source')
const rights = findingsOf('rights', 'target')
const OK = brokers.ok('b1.test:9098 of east: reached and logged in')
const LACKING = rights.error(
  'User:anna lacks Write on 3 topics (orders, payments, __kafka_replicator_provenance) of west',
  'without it no record is written',
  'kafka-acls.sh --bootstrap-server b1.test:9098 --add --allow-principal User:anna --operation Write --topic orders',
)
const SLOW = findingsOf('quotas', 'source').warning('east made us wait 40 ms', 'copying is slower', 'kafka-configs.sh')
const CLOCKS = findingsOf('clocks', 'source').unknown('the clocks', 'lag in seconds is off', 'chronyc tracking')

const reportOf = (...findings: Finding[]): DoctorReport => {
  const cluster = { alias: 'east', clusterId: 'id-1' }
  const at = '2026-01-02T14:02:31.000Z'
  return {
    replicatorName: 'orders-dr',
    at,
    source: cluster,
    target: cluster,
    counts: countBySeverity(findings),
    findings,
  }
}

test('by area, each with a mark, why it matters, and what mends it; the verdict last', () => {
  expect(doctorScreen(reportOf(OK, LACKING, SLOW, CLOCKS), LOOK)).toBe(`Brokers and login
  ✓ b1.test:9098 of east: reached and logged in

Rights
  ✗ User:anna lacks Write on 3 topics (orders, payments,
    __kafka_replicator_provenance) of west
    without it no record is written
    → kafka-acls.sh --bootstrap-server b1.test:9098 --add --allow-principal User:anna --operation Write --topic orders

Quotas
  ! east made us wait 40 ms
    copying is slower
    → kafka-configs.sh

Clocks
  ? the clocks
    lag in seconds is off
    → chronyc tracking

orders-dr is not ready: 1 error (1 warning, 1 unknown). Mend what is marked,
then run doctor again.
`)
})

test('without an error it says what to run next', () => {
  expect(doctorScreen(reportOf(OK), LOOK)).toMatch(
    /\n\norders-dr is ready: no error\. Next:\n {2}kafka-replicator run --replicator-name orders-dr\n$/,
  )
})

test('without Unicode the marks are words and signs of ASCII', () => {
  const screen = doctorScreen(reportOf(OK, LACKING, CLOCKS), { ...LOOK, unicode: false })
  expect(screen).toMatch(/^[\n\x20-\x7e]*$/)
  expect(screen.match(/^ {1,2}\S+/gm)).toEqual([' ok', '  X', '  ?'])
})

test('what a broker says cannot move the cursor or break a line', () => {
  const hostile = brokers.error('b1: \u001b[2Jgone\r\nfake line', 'why', 'echo \u001b]0;x')
  expect(doctorScreen(reportOf(hostile), LOOK)).toContain('  ✗ b1: [2Jgone fake line\n    why\n    → echo ]0;x\n')
})

test('the same without colours as with them', () => {
  const report = reportOf(OK, LACKING, SLOW, CLOCKS)
  const colored = doctorScreen(report, { ...LOOK, color: true })
  expect(colored).toContain('\u001b[31m')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken out
  expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(doctorScreen(report, LOOK))
})
