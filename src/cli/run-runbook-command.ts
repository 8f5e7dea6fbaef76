import { ExitCode, UserError } from '../errors.js'
import { registryHome } from '../registry/home.js'
import { Evidence } from '../runbooks/evidence.js'
import { Journal } from '../runbooks/journal.js'
import { interruptedBy } from '../runbooks/run-runbook.js'
import { RunbookFolder, type RunbookRun } from '../runbooks/runbook-folder.js'
import { RunbookLock } from '../runbooks/runbook-lock.js'
import type { Runbook, RunbookName } from '../runbooks/step.js'
import { requestsOf } from './commands/run.js'
import { UsageError } from './errors.js'
import { runToEnd, type Surroundings } from './one-run.js'
import type { RunRequest } from './run-replicators.js'
import { commandLine, keptFlags, resumeCommand, withKept } from './runbook-command-line.js'
import { mainOf, type RunbookKind } from './runbook-kind.js'
import { checkCallFlags, hooksOf, type RunbookFlags, settingsOf } from './runbook-options.js'
import { dryRunText } from './runbook-screen.js'
import type { Shell } from './shell.js'

/** Runs a runbook from its flags to its exit code, and says last what happens next. Throws UserError before it has begun. */
export async function runRunbookCommand<Flags extends RunbookFlags>(
  kind: RunbookKind<Flags>,
  given: Flags,
  shell: Shell,
): Promise<void> {
  checkCallFlags(given)
  settingsOf(given, kind.defaults) // what is out of range is told before anything is read
  hooksOf(given)
  const requests = await (kind.requestsOf ?? requestsOf)(given, shell)
  if (kind.requestsOf === undefined && requests.length !== kind.replicators) throw wrongNumber(kind)
  if (given.dryRun) {
    const runbook = await buildRunbook(kind, requests, given, shell)
    tellUnusedHooks(runbook, given, shell)
    const command = commandLine(kind.name, { ...given, dryRun: undefined })
    shell.stdout.write(`${dryRunText({ ...runbook, resumeCommand: command }, shell)}Do it with:\n  ${command}\n`)
    return
  }
  const stop = new AbortController()
  const giveUp = new AbortController()
  const forgetSignals = shell.onStopSignal(signal => (stop.signal.aborted ? giveUp : stop).abort(signal))
  try {
    const ids = [...requests.map(({ options }) => options.id), ...((await kind.alsoLocks?.(requests)) ?? [])]
    const work = underLock(kind, ids, shell, () => resumeOrBegin(kind, requests, given, { shell, stop, giveUp }))
    shell.exitCode = await Promise.race([work, aborted(giveUp.signal)])
  } finally {
    forgetSignals()
  }
}

/** Who waits for a second Ctrl-C waits for nothing else. */
function aborted(signal: AbortSignal): Promise<ExitCode> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(interruptedBy(signal)), { once: true }))
}

async function buildRunbook<Flags extends RunbookFlags>(
  kind: RunbookKind<Flags>,
  requests: readonly RunRequest[],
  flags: Flags,
  shell: Shell,
): Promise<Runbook> {
  const settings = settingsOf(flags, kind.defaults)
  const isAborted = flags.abort === true
  const built = await (isAborted ? kind.undo : kind.build)({ requests, flags, settings, shell })
  const endsAs = isAborted ? 'aborted' : 'done'
  return { name: kind.name, replicatorName: mainOf(requests).name, endsAs, ...built }
}

/** All replicators of a runbook, always in the same order, so that two runbooks never wait for each other. */
async function underLock<Value>(
  { name }: { name: RunbookName },
  ids: readonly string[],
  { clock, env }: Shell,
  work: () => Promise<Value>,
): Promise<Value> {
  const locks: RunbookLock[] = []
  try {
    for (const id of [...new Set(ids)].sort()) {
      locks.push(await RunbookLock.take(registryHome(env), id, name, clock))
    }
    return await work()
  } finally {
    for (const lock of locks) await lock[Symbol.asyncDispose]()
  }
}

async function resumeOrBegin<Flags extends RunbookFlags>(
  kind: RunbookKind<Flags>,
  requests: readonly RunRequest[],
  given: Flags,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { shell } = surroundings
  const { id: replicatorId, name: replicatorName } = mainOf(requests)
  const runs = new RunbookFolder(registryHome(shell.env))
  const { resume, abort } = given
  const run =
    resume === undefined && !abort
      ? undefined
      : await runs.findToResume(typeof resume === 'string' ? resume : undefined, kind.name, replicatorId)
  const others = run === undefined ? await runs.openRuns(kind.name, replicatorId) : []
  if (!given.anew) refuseToLeave(others, kind, given)
  // What a run was begun with holds until it is said otherwise.
  const flags = run === undefined ? given : withKept(run.flags, given)
  // What is half undone cannot be gone on with.
  if (run?.isAborting) flags.abort = true
  const runbook = await buildRunbook(kind, requests, flags, shell)
  tellUnusedHooks(runbook, given, shell)
  for (const other of others) await runs.leave(other, shell.clock)
  const id = run?.id ?? (await runs.create())
  const { folder, journal: path } = runs.pathOf(id)
  const journal = await (run === undefined ? Journal.create : Journal.open)(path, shell.clock.now)
  const kept = keptFlags(kind.ownFlags, flags)
  const begun = { id, runbook: kind.name, replicatorName, replicatorId, flags: kept } as const
  await journal.write(run === undefined ? { event: 'runbook', ...begun } : { event: 'resumed', flags: kept })
  if (flags.abort && !run?.isAborting) await journal.write({ event: 'aborting' })
  const next = resumeCommand(kind.name, id, given, kind.ownFlags)
  const evidence = new Evidence(folder)
  return await runToEnd(
    { runbook, id, journal, evidence, flags, requests, next, kind, resumed: run !== undefined },
    surroundings,
  )
}

/** A command for a step that there is none of (who could stop producers on a lost source?) is not passed over in silence. */
function tellUnusedHooks({ steps }: Runbook, given: RunbookFlags, { stderr }: Shell): void {
  if (given.abort) return
  for (const name of Object.keys(hooksOf(given).commands)) {
    // The step that a command serves has its name.
    if (steps.some(step => step.name === name)) continue
    stderr.write(`warning: --on ${name} is never run: no step is to ${name.replace('-', ' ')}\n`)
  }
}

/** What an unfinished run has changed (groups that are frozen, producers that are fenced out) is still so. */
function refuseToLeave(
  open: readonly RunbookRun[],
  { name, ownFlags }: { name: RunbookName; ownFlags: readonly string[] },
  given: RunbookFlags,
): void {
  const run = open.find(({ hasActed }) => hasActed)
  if (run === undefined) return
  throw new UserError(`${run.id} is a ${name} of this replicator that is not finished, begun ${run.begun.at}.`, {
    exitCode: ExitCode.Protected,
    fix: `Go on with it: ${resumeCommand(name, run.id, given, ownFlags)}\nOr begin another with --anew.`,
  })
}

/** What a runbook says that was called with too few or too many. */
export function wrongNumber({ name, replicators }: { name: RunbookName; replicators: 1 | 2 }): UsageError {
  const which = replicators === 1 ? 'one replicator' : 'two replicators'
  return new UsageError(`argument --replicator-name: ${name} takes ${which}`, { showUsage: true })
}
