// Takes the lock of a replicator, says how that went and stays; see runbook-lock.test.ts.
import process from 'node:process'
import { systemClock } from '../../dist/clock.js'
import { RunbookLock } from '../../dist/runbooks/runbook-lock.js'

try {
  await RunbookLock.take(process.argv[2] ?? '', 'orders', 'failover', systemClock)
  process.stdout.write('taken\n')
} catch (error) {
  process.stdout.write(`refused ${error.exitCode}\n`)
}
setInterval(() => {}, 1_000)
