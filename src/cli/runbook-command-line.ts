import type { RunbookName } from '../runbooks/step.js'
import { CALL_FLAGS, KEPT_FLAGS, type RunbookFlags } from './runbook-options.js'

/** The flags that a run goes on with when it is resumed. */
export function keptFlags(own: readonly string[], flags: RunbookFlags): Record<string, unknown> {
  const kept: readonly string[] = [...KEPT_FLAGS, ...own]
  return Object.fromEntries(Object.entries(flags).filter(([name, value]) => kept.includes(name) && value !== undefined))
}

/** What a run was begun with, and what is given now: that wins, each hook by its name. */
export function withKept<Flags extends RunbookFlags>(kept: Readonly<Record<string, unknown>>, given: Flags): Flags {
  const before = kept as Partial<Flags>
  const givenOn = given.on ?? []
  const isGiven = (hook: string) => givenOn.some(other => other.split('=')[0] === hook.split('=')[0])
  const on = [...(before.on ?? []).filter(hook => !isGiven(hook)), ...givenOn]
  return { ...before, ...given, ...(on.length === 0 ? {} : { on }) }
}

/** Flags of one call that the next one needs too. */
const REPEATED = ['abort', 'yes', 'wide', 'output'] as const

/** The exact command that resumes a run, in one line for `sh`. */
export function resumeCommand(runbook: RunbookName, id: string, given: RunbookFlags, own: readonly string[]): string {
  // What is kept need not be said again, and what was for this call is not repeated.
  const left: readonly string[] = [
    ...KEPT_FLAGS,
    ...own,
    ...CALL_FLAGS.filter(name => !(REPEATED as readonly string[]).includes(name)),
  ]
  const rest = Object.entries(given).filter(([name]) => !left.includes(name))
  return commandLine(runbook, { ...Object.fromEntries(rest), resume: id })
}

/** A command line for `sh` that gives these flags. */
export function commandLine(runbook: RunbookName, flags: Readonly<Record<string, unknown>>): string {
  const { replicatorName, ...others } = flags
  const words = Object.entries({ replicatorName, ...others }).flatMap(([name, value]) => {
    if (value === undefined || value === false || (name === 'output' && value === 'text')) return []
    const option = `--${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
    return value === true ? [option] : [option, ...[value].flat().map(one => quoted(String(one)))]
  })
  return ['kafka-replicator', runbook, ...words].join(' ')
}

/** As a word for `sh`. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
