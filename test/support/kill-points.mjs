// Loaded before the program (node --import): it kills itself at each point of a runbook where it was not killed before.
// The points are those between which nothing is written down; KILL_POINTS is the file of those that are behind us.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import process from 'node:process'
import { Journal } from '../../dist/runbooks/journal.js'
import { RunbookRecorder } from '../../dist/runbooks/recorder.js'

const file = process.env.KILL_POINTS
const behind = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [])

function point(name) {
  if (behind.has(name)) return
  appendFileSync(file, `${name}\n`)
  process.kill(process.pid, 'SIGKILL')
  for (;;); // the signal is on its way
}

/** Lines that say that something was done: just before them it is done, and nobody has written it down. */
const SAYS_DONE = ['passed', 'not-needed', 'fact', 'decided', 'stopped', 'ended']
/** Lines that announce something: just behind them it is announced, and not begun. */
const ANNOUNCES = ['runbook', 'begun', 'fact', 'decided', 'from-step']

const { write } = Journal.prototype
Journal.prototype.write = async function (entry) {
  const { event } = entry
  const name = event === 'fact' ? entry.name.replace(/-of-.*/, '') : event === 'ended' ? entry.how : entry.step
  const place = [event, name, entry.part].filter(Boolean).join(' ')
  if (SAYS_DONE.includes(event)) point(`before ${place}`)
  await write.call(this, entry)
  if (ANNOUNCES.includes(event)) point(`after ${place}`)
}

const { show } = RunbookRecorder.prototype
RunbookRecorder.prototype.show = async function (table) {
  await show.call(this, table)
  point(`look ${this.step}`)
}
