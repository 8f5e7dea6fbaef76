// A runbook of fake steps in a process of its own, that kills itself at its nth point; see survives-kill.test.ts.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { systemClock } from '../../dist/clock.js'
import { Journal } from '../../dist/runbooks/journal.js'
import { runRunbook } from '../../dist/runbooks/run-runbook.js'
import { RunbookLock } from '../../dist/runbooks/runbook-lock.js'
import { PASSED } from '../../dist/runbooks/step.js'

const [folder = '', killAt = ''] = process.argv.slice(2)
const effectsFile = join(folder, 'effects')
const journalFile = join(folder, 'journal.jsonl')
let points = 0

function point() {
  if (++points !== Number(killAt)) return
  process.kill(process.pid, 'SIGKILL')
  for (;;); // the signal is on its way
}

function effects() {
  return existsSync(effectsFile) ? readFileSync(effectsFile, 'utf8').split('\n').filter(Boolean) : []
}

function effect(name, canBeSeen) {
  return {
    isDone: async () => (canBeSeen ? effects().includes(name) : 'unknown'),
    run: async () => {
      point()
      appendFileSync(effectsFile, `${name}\n`)
      point()
      return PASSED
    },
  }
}

const passes = async () => {
  point()
  return PASSED
}

const steps = [
  { name: 'pre-flight', check: passes },
  { name: 'freeze', act: effect('freeze', true), gate: passes },
  { name: 'create', isNeeded: async () => !effects().includes('create'), check: passes, act: effect('create', true) },
  { name: 'stop-producers', act: effect('stop-producers', false), gate: passes },
  { name: 'leave-out', isNeeded: async () => false, act: effect('leave-out', true) },
  { name: 'start-consumers', act: effect('start-consumers', false) },
].map(step => ({ title: step.name, commands: [], ...step }))

// Whoever is asked looks at the world.
const ask = async question =>
  steps.some(({ name }) => question.includes(name) && effects().includes(name)) ? 'yes' : 'no'

const lock = await RunbookLock.take(folder, 'orders', 'failover', systemClock)
const journal = await (existsSync(journalFile) ? Journal.open : Journal.create)(journalFile, () => Date.now())
const write = journal.write.bind(journal)
journal.write = async entry => {
  point()
  await write(entry)
  point()
}
const context = { journal, ask, stop: new AbortController().signal }
const end = await runRunbook({ name: 'failover', replicatorName: 'o', steps, next: '' }, context, async () => {})
await lock[Symbol.asyncDispose]()
writeFileSync(join(folder, 'points'), String(points))
process.exitCode = end.exitCode
