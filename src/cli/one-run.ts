import { type ExitCode, messageOf, UserError } from '../errors.js'
import { letGo } from '../runbooks/claim.js'
import { clusterTools } from '../runbooks/cluster-tools.js'
import type { RunbookContext } from '../runbooks/context.js'
import type { Evidence } from '../runbooks/evidence.js'
import { Hooks } from '../runbooks/hooks.js'
import type { Journal } from '../runbooks/journal.js'
import { RunbookRecorder } from '../runbooks/recorder.js'
import { writeReport } from '../runbooks/report.js'
import { runRunbook } from '../runbooks/run-runbook.js'
import type { RunbookEnded } from '../runbooks/runbook-events.js'
import type { GoOn, NextAction, Runbook, RunbookEnd } from '../runbooks/step.js'
import type { RunbookPlan } from '../ui/runbook-text.js'
import { askYesOrNo } from './ask.js'
import { OpenReadings } from './open-readings.js'
import type { RunRequest } from './run-replicators.js'
import { mainOf, type RunbookKind } from './runbook-kind.js'
import { hooksOf, type RunbookFlags, settingsOf } from './runbook-options.js'
import { type AskingScreen, JsonlScreen, TextScreen } from './runbook-screen.js'
import type { Shell } from './shell.js'

/** One life of a run, with its journal and its folder. */
export interface OneRun<Flags extends RunbookFlags> {
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

/** Goes through the steps, from the first event to the last. */
export async function runToEnd<Flags extends RunbookFlags>(
  run: OneRun<Flags>,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { runbook, id, journal, evidence, flags, next, resumed } = run
  const { shell, stop, giveUp } = surroundings
  const plan: RunbookPlan = { ...runbook, resumeCommand: next }
  const wide = flags.wide === true
  const screen = flags.output === 'jsonl' ? new JsonlScreen(plan, wide, shell) : new TextScreen(plan, wide, shell)
  const recorder = new RunbookRecorder(evidence, runbook.steps, shell.clock, screen)
  const engine = await shell.engine()
  const readings = new OpenReadings(options => engine.openStatus(options, shell.clock))
  const hooks = new Hooks({ ...hooksOf(flags), env: hookEnvironment(run) }, shell.clock, recorder)
  giveUp.signal.addEventListener('abort', () => hooks.kill(), { once: true })
  // A terminal has just echoed ^C.
  const stopping = `${shell.stderr.isTTY ? '\n' : ''}stopping; to go on: ${next}\n`
  stop.signal.addEventListener('abort', () => shell.stderr.write(stopping), { once: true })
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
    const context = contextOf(run, { recorder, hooks, screen }, surroundings, options => readings.read(options))
    const wishes = { fromStep: flags.fromStep, done: flags.done }
    const ended = await runRunbook(runbook, context, recorder.tellStep, wishes)
    if (ended.outcome.kind === 'passed') await letGoOf(context)
    const end = endedEvent(ended, run)
    await writeReport(runbook, journal.entries, evidence, end)
    await recorder.tell(end)
    return end.exitCode
  } catch (error) {
    throw error instanceof UserError ? withNext(error, next) : error
  } finally {
    over.abort()
    await living
    readings.close()
  }
}

/** All is done by then, so that others cannot be told is no reason to fail. */
async function letGoOf(context: RunbookContext): Promise<void> {
  try {
    await letGo(context)
  } catch (error) {
    const what = `that it is over could not be noted on ${context.options.target.alias}: ${messageOf(error)}`
    await context.say(`${what}\nThe next runbook takes it for unfinished, and begins only with --anew.`)
  }
}

interface Seen {
  recorder: RunbookRecorder
  hooks: Hooks
  screen: AskingScreen
}

function contextOf<Flags extends RunbookFlags>(
  { requests, flags, kind, id, journal, evidence }: OneRun<Flags>,
  { recorder, hooks, screen }: Seen,
  { shell, stop }: Surroundings,
  statusOf: RunbookContext['statusOf'],
): RunbookContext {
  const ask = async (question: string, isFact: boolean) => {
    const byFlag = flags.yes === true && !isFact
    const answer = byFlag ? 'yes' : await askYesOrNo(screen.prompt(question), shell, stop.signal)
    await recorder.tell({ event: 'asked', question, isFact, byFlag, answer })
    return answer
  }
  return {
    options: mainOf(requests),
    by: `${kind.name} ${id}`,
    settings: settingsOf(flags, kind.defaults),
    clock: shell.clock,
    journal,
    evidence,
    hooks,
    tools: clusterTools(mainOf(requests), shell.clock),
    stop: stop.signal,
    status: () => statusOf(mainOf(requests)),
    statusOf,
    say: text => recorder.tell({ event: 'line', text }),
    show: table => recorder.show(table),
    confirm: question => ask(question, false),
    ask: question => ask(question, true),
  }
}

/** What a command of the user's finds in its environment. */
function hookEnvironment<Flags extends RunbookFlags>(run: OneRun<Flags>): Record<string, string> {
  const { id, runbook, requests, flags, kind } = run
  const { source, target } = kind.wayOf?.(requests, flags) ?? mainOf(requests)
  return {
    ...kind.hookEnvironment?.(flags),
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
  const [first = { text: 'Go on with:', command: next }, ...or] = waysOn('goOn' in outcome ? outcome.goOn : [], next)
  return {
    event: 'ended',
    exitCode,
    verdict: outcome.kind === 'passed' ? runbook.endsAs : outcome.kind,
    stoppedAt: stoppedAt ?? null,
    reason: reasons.reason,
    fix: reasons.fix ?? null,
    next: outcome.kind === 'passed' ? runbook.next : first,
    or,
    report: evidence.pathOf('report.md'),
  }
}

/** The command that resumes it with what it needs besides. */
function waysOn(goOn: readonly GoOn[] = [], next: string): NextAction[] {
  return goOn.map(({ text, flags }) => ({ text, command: `${next} ${flags}` }))
}

function withNext({ message, exitCode, fix, cause }: UserError, next: string): UserError {
  return new UserError(message, { exitCode, fix: `${fix === undefined ? '' : `${fix}\n`}next: ${next}`, cause })
}

/** The world around a run, and how the operator stops it: `giveUp` at once. */
export interface Surroundings {
  shell: Shell
  stop: AbortController
  giveUp: AbortController
}
