import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { GUARD_SCRIPT } from '../../src/local-kafka/guard.js'
import { waitUntil } from '../../src/local-kafka/wait-until.js'

// A process of its own stands in for us, since it has to be killed: it starts the guards exactly as guard.ts does.
const STAND_IN = `
  const { spawn } = require('node:child_process')
  const [script, pid, folder] = process.argv.slice(1)
  for (const [action, subject] of [['kill', pid], ['remove', folder]])
    spawn('sh', ['-c', script, 'guard', action, subject], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  setInterval(() => {}, 1000)
  console.log('guarded')`

test('what is guarded goes when we are killed, and not before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'local-kafka-guarded-'))
  const guarded = spawn('sleep', ['60'], { stdio: 'ignore' })
  const standIn = spawn(process.execPath, ['-e', STAND_IN, GUARD_SCRIPT, String(guarded.pid), folder])
  await once(standIn.stdout, 'data')
  expect(guarded.exitCode ?? guarded.signalCode).toBeNull()
  expect(existsSync(folder)).toBe(true)

  const guardedEnds = once(guarded, 'exit')
  standIn.kill('SIGKILL')
  expect(await guardedEnds).toEqual([null, 'SIGKILL'])
  // The guard leaves the killed broker a second before it removes the folder.
  const gone = async () => (existsSync(folder) ? undefined : true)
  expect(await waitUntil(gone, { timeoutMs: 10_000, intervalMs: 50 })).toBe(true)
})
