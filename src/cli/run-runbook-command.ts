import { ExitCode, UserError } from '../errors.js'
import { registryHome } from '../registry/home.js'
import { clusterTools } from '../runbooks/cluster-tools.js'
import type { RunbookContext, RunbookSettings } from '../runbooks/context.js'
import { Evidence } from '../runbooks/evidence.js'
import { Hooks } from '../runbooks/hooks.js'
import { Journal } from '../runbooks/journal.js'
import { RunbookRecorder } from '../runbooks/recorder.js'
import { writeReport } from '../runbooks/report.js'
import { runRunbook } from '../runbooks/run-runbook.js'
import type { RunbookEnded } from '../runbooks/runbook-events.js'
import { RunbookFolder, type RunbookRun } from '../runbooks/runbook-folder.js'
import { RunbookLock } from '../runbooks/runbook-lock.js'
import type { Runbook, RunbookEnd, RunbookName } from '../runbooks/step.js'
import type { RunbookPlan } from '../ui/runbook-text.js'
import { askYesOrNo } from './ask.js'
import { requestsOf } from './commands/run.js'
import { UsageError } from './errors.js'
import type { RunRequest } from './run-replicators.js'
import { commandLine, keptFlags, resumeCommand, withKept } from './runbook-command-line.js'
import { checkCallFlags, hooksOf, type RunbookFlags, settingsOf } from './runbook-options.js'
import { type AskingScreen, dryRunText, JsonlScreen, TextScreen } from './runbook-screen.js'
import type { Shell } from './shell.js'

/** What makes failover, failback and migrate differ. */
export interface RunbookKind<Flags extends RunbookFlags> {
  name: RunbookName
  /** How many replicators it takes. */
  replicators: 1 | 2
  defaults: { maxMessageLag: number }
  /** Its own flags that a run keeps for when it is resumed, in camel case. */
  ownFlags: readonly (keyof Flags & string)[]
  /** What it does, its steps, and what comes after them. Touches nothing: it is asked for `--dry-run` too. */
  build(given: RunbookGiven<Flags>): Promise<Pick<Runbook, 'purpose' | 'steps' | 'next'>>
}

/** What the steps of a runbook are made of. */
export interface RunbookGiven<Flags extends RunbookFlags> {
  /** The first is the one that it is called by. */
  requests: readonly RunRequest[]
  flags: Flags
  settings: RunbookSettings
  shell: Shell
}

/** Runs a runbook from its flags to its exit code, and says last what happens next. Throws UserError before it has begun. */
export async function runRunbookCommand<Flags extends RunbookFlags>(
  kind: RunbookKind<Flags>,
  given: Flags,
  shell: Shell,
): Promise<void> {
  checkCallFlags(given)
  settingsOf(given, kind.defaults) // what is out of range is told before anything is read
  hooksOf(given)
  const requests = await requestsOf(given, shell)
  if (requests.length !== kind.replicators) throw wrongNumber(kind)
  if (given.dryRun) {
    const runbook = await buildRunbook(kind, requests, given, shell)
    const command = commandLine(kind.name, { ...given, dryRun: undefined })
    shell.stdout.write(`${dryRunText({ ...runbook, resumeCommand: command }, shell)}Do it with:\n  ${command}\n`)
    return
  }
  const stop = new AbortController()
  const giveUp = new AbortController()
  const forgetSignals = shell.onStopSignal(() => (stop.signal.aborted ? giveUp : stop).abort())
  try {
    const work = underLock(kind, requests, shell, () => resumeOrBegin(kind, requests, given, { shell, stop, giveUp }))
    shell.exitCode = await Promise.race([work, aborted(giveUp.signal)])
  } finally {
    forgetSignals()
  }
}

/** Who waits for a second Ctrl-C waits for nothing else. */
function aborted(signal: AbortSignal): Promise<ExitCode> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(ExitCode.Interrupted), { once: true }))
}

async function buildRunbook<Flags extends RunbookFlags>(
  kind: RunbookKind<Flags>,
  requests: readonly RunRequest[],
  flags: Flags,
  shell: Shell,
): Promise<Runbook> {
  const settings = settingsOf(flags, kind.defaults)
  const built = await kind.build({ requests, flags, settings, shell })
  return { name: kind.name, replicatorName: mainOf(requests).name, ...built }
}

function mainOf(requests: readonly RunRequest[]) {
  const options = requests[0]?.options
  if (options === undefined) throw new Error('a runbook without a replicator')
  return options
}

/** All replicators of a runbook, always in the same order, so that two runbooks never wait for each other. */
async function underLock<Value>(
  { name }: { name: RunbookName },
  requests: readonly RunRequest[],
  { clock, env }: Shell,
  work: () => Promise<Value>,
): Promise<Value> {
  const locks: RunbookLock[] = []
  try {
    for (const id of requests.map(({ options }) => options.id).sort()) {
      locks.push(await RunbookLock.take(registryHome(env), id, name, clock))
    }
    return await work()
  } finally {
    for (const lock of locks) await lock[Symbol.asyncDispose]()
  }
}

interface Surroundings {
  shell: Shell
  stop: AbortController
  giveUp: AbortController
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
  const { resume } = given
  const run =
    resume === undefined
      ? undefined
      : await runs.findToResume(resume === true ? undefined : resume, kind.name, replicatorId)
  const others = run === undefined ? await runs.openRuns(kind.name, replicatorId) : []
  if (!given.anew) refuseToLeave(others, kind, given)
  // What a run was begun with holds until it is said otherwise.
  const flags = run === undefined ? given : withKept(run.flags, given)
  const runbook = await buildRunbook(kind, requests, flags, shell)
  for (const other of others) await runs.leave(other, shell.clock)
  const id = run?.id ?? (await runs.create())
  const { folder, journal: path } = runs.pathOf(id)
  const journal = await (run === undefined ? Journal.create : Journal.open)(path, shell.clock.now)
  const kept = keptFlags(kind.ownFlags, flags)
  const begun = { id, runbook: kind.name, replicatorName, replicatorId, flags: kept } as const
  await journal.write(run === undefined ? { event: 'runbook', ...begun } : { event: 'resumed', flags: kept })
  const next = resumeCommand(kind.name, id, given, kind.ownFlags)
  const evidence = new Evidence(folder)
  return await runToEnd(
    { runbook, id, journal, evidence, flags, requests, next, kind, resumed: run !== undefined },
    surroundings,
  )
}

interface OneRun<Flags extends RunbookFlags> {
  runbook: Runbook
  id: string
  journal: Journal
  evidence: Evidence
  flags: Flags
  requests: readonly RunRequest[]
  /** The command that resumes it. */
  next: string
  kind: RunbookKind<Flags>
  resumed: boolean
}

async function runToEnd<Flags extends RunbookFlags>(run: OneRun<Flags>, surroundings: Surroundings): Promise<ExitCode> {
  const { runbook, id, journal, evidence, flags, next, resumed } = run
  const { shell, stop, giveUp } = surroundings
  const plan: RunbookPlan = { ...runbook, resumeCommand: next }
  const wide = flags.wide === true
  const screen = flags.output === 'jsonl' ? new JsonlScreen(plan, wide, shell) : new TextScreen(plan, wide, shell)
  const recorder = new RunbookRecorder(evidence, runbook.steps, shell.clock, screen)
  const engine = await shell.engine()
  const reading = engine.openStatus(mainOf(run.requests), shell.clock)
  const hooks = new Hooks({ ...hooksOf(flags), env: hookEnvironment(run) }, shell.clock, recorder)
  giveUp.signal.addEventListener('abort', () => hooks.kill(), { once: true })
  stop.signal.addEventListener('abort', () => shell.stderr.write(`stopping; to go on: ${next}\n`), { once: true })
  const over = new AbortController()
  const living = screen.live(over.signal)
  try {
    const { name, replicatorName, steps } = runbook
    const titles = steps.map(step => ({ name: step.name, title: step.title }))
    await recorder.begin({
      event: 'begun',
      id,
      runbook: name,
      replicatorName,
      resumed,
      folder: evidence.folder,
      steps: titles,
    })
    const context = contextOf(run, { recorder, hooks, screen }, surroundings, () => reading.read())
    const wishes = { fromStep: flags.fromStep, done: flags.done }
    const end = endedEvent(await runRunbook(runbook, context, recorder.tellStep, wishes), run)
    await writeReport(runbook, journal.entries, evidence, end)
    await recorder.tell(end)
    return end.exitCode
  } catch (error) {
    throw error instanceof UserError ? withNext(error, next) : error
  } finally {
    over.abort()
    await living
    reading.close()
  }
}

interface Seen {
  recorder: RunbookRecorder
  hooks: Hooks
  screen: AskingScreen
}

function contextOf<Flags extends RunbookFlags>(
  { requests, flags, kind, journal, evidence }: OneRun<Flags>,
  { recorder, hooks, screen }: Seen,
  { shell, stop }: Surroundings,
  status: RunbookContext['status'],
): RunbookContext {
  const ask = async (question: string, isFact: boolean) => {
    const byFlag = flags.yes === true && !isFact
    const answer = byFlag ? 'yes' : await askYesOrNo(screen.prompt(question), shell, stop.signal)
    await recorder.tell({ event: 'asked', question, isFact, byFlag, answer })
    return answer
  }
  return {
    options: mainOf(requests),
    settings: settingsOf(flags, kind.defaults),
    clock: shell.clock,
    journal,
    evidence,
    hooks,
    tools: clusterTools(mainOf(requests), shell.clock),
    stop: stop.signal,
    status,
    say: text => recorder.tell({ event: 'line', text }),
    show: table => recorder.show(table),
    confirm: question => ask(question, false),
    ask: question => ask(question, true),
  }
}

/** What a command of the user's finds in its environment. */
function hookEnvironment<Flags extends RunbookFlags>({ id, runbook, requests }: OneRun<Flags>): Record<string, string> {
  const { source, target } = mainOf(requests)
  return {
    KAFKA_REPLICATOR_RUNBOOK: runbook.name,
    KAFKA_REPLICATOR_RUN: id,
    KAFKA_REPLICATOR_NAME: runbook.replicatorName,
    KAFKA_REPLICATOR_SOURCE: source.alias,
    KAFKA_REPLICATOR_SOURCE_BROKERS: source.bootstrapBrokers.join(','),
    KAFKA_REPLICATOR_TARGET: target.alias,
    KAFKA_REPLICATOR_TARGET_BROKERS: target.bootstrapBrokers.join(','),
  }
}

function endedEvent<Flags extends RunbookFlags>(
  { exitCode, stoppedAt, outcome }: RunbookEnd,
  { runbook, evidence, next }: OneRun<Flags>,
): RunbookEnded {
  const reasons = 'reason' in outcome ? outcome : { reason: null, fix: undefined }
  return {
    event: 'ended',
    exitCode,
    verdict: outcome.kind === 'passed' ? 'done' : outcome.kind,
    stoppedAt: stoppedAt ?? null,
    reason: reasons.reason,
    fix: reasons.fix ?? null,
    next: outcome.kind === 'passed' ? runbook.next : { text: 'Go on with:', command: next },
    report: evidence.pathOf('report.md'),
  }
}

function withNext({ message, exitCode, fix, cause }: UserError, next: string): UserError {
  return new UserError(message, { exitCode, fix: `${fix === undefined ? '' : `${fix}\n`}next: ${next}`, cause })
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

function wrongNumber({ name, replicators }: { name: RunbookName; replicators: number }): UsageError {
  const which = replicators === 1 ? 'one replicator' : 'two replicators'
  return new UsageError(`argument --replicator-name: ${name} takes ${which}`, { showUsage: true })
}
