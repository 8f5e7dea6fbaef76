import type { ChalkInstance } from 'chalk'
import type { HookResult } from '../runbooks/hooks.js'
import type { Runbook, RunbookEnd, Step, StepOutcome } from '../runbooks/step.js'
import { grouped } from './format-number.js'
import { plainLine, plainText } from './plain-text.js'
import { indented, shortened, type TableOptions, wrapped } from './row-table.js'

/** What a runbook will do. */
export interface RunbookPlan extends Pick<Runbook, 'name' | 'replicatorName'> {
  /** In a sentence or two: `Moves the applications from east to west; each step is proved before the next begins.` */
  purpose: string
  steps: readonly Pick<Step, 'name' | 'title' | 'commands'>[]
  /** The exact command that goes on with it after a stop. */
  resumeCommand: string
}

/** How it ended, and what to do then. */
export interface RunbookVerdict {
  end: RunbookEnd
  /** The folder where everything that was seen is kept. */
  evidence: string
  /** In their order; the command to resume is told by itself and need not stand here. */
  next: readonly NextAction[]
}

export interface NextAction {
  /** A sentence, without a full stop where a command follows: `See that the consumers read on`. */
  text: string
  command?: string
}

type TextOptions = Pick<TableOptions, 'width' | 'unicode'>

/** Of what a hook has said, so many lines from its beginning and from its end; the evidence has all. */
const HOOK_LINES = 3

const OUTCOME_WORDS: Readonly<Record<StepOutcome['kind'], string>> = {
  passed: 'done',
  no: 'stopped',
  'timed-out': 'timed out',
  protected: 'stopped to protect the data',
  person: 'waits for a person',
  failed: 'failed',
  interrupted: 'interrupted',
}

/** What it will do, with the commands of each step where only that is asked (`--dry-run`). */
export function planText(plan: RunbookPlan, isDryRun: boolean, { width }: TextOptions, chalk: ChalkInstance): string[] {
  const digits = String(plan.steps.length).length
  const steps = plan.steps.flatMap(({ title, commands }, i) => [
    ...indented(wrapped(`  ${String(i + 1).padStart(digits)}  ${plainLine(title)}`, width)),
    ...(isDryRun ? commands.map(command => chalk.dim(`${' '.repeat(digits + 4)}$ ${plainLine(command)}`)) : []),
  ])
  const stopping = 'It can be stopped with Ctrl-C at any time; nothing is done twice when it is resumed with:'
  const end = isDryRun
    ? wrapped('Nothing was done (--dry-run).', width)
    : [...wrapped(stopping, width), command(plan.resumeCommand)]
  return [
    chalk.bold(`${plan.name.toUpperCase()} of ${plainLine(plan.replicatorName)}`),
    ...wrapped(plainLine(plan.purpose), width),
    ...steps,
    ...end,
  ]
}

/** Why a step has stopped, and what mends it. */
export function stoppedText(outcome: StepOutcome, { width }: TextOptions, chalk: ChalkInstance): string[] {
  const paint = outcome.kind === 'person' || outcome.kind === 'interrupted' ? chalk.yellow : chalk.bold.red
  const first = paint(OUTCOME_WORDS[outcome.kind])
  if (outcome.kind === 'passed' || outcome.kind === 'interrupted') return [first]
  const room = width === undefined ? undefined : width - 2
  const told = [outcome.reason, ...(outcome.fix === undefined ? [] : [outcome.fix])]
  return [first, ...told.flatMap(text => indented(wrapped(plainLine(text), room)).map(line => `  ${line}`))]
}

/** What a hook did: its command, how it ended and the two ends of what it said. */
export function hookText(name: string, result: HookResult, options: TextOptions, chalk: ChalkInstance): string[] {
  const { width } = options
  const said = plainText(result.output).trimEnd().split('\n').map(plainLine)
  const lines = said.length === 1 && said[0] === '' ? [] : said
  const hidden = lines.length - 2 * HOOK_LINES
  const some =
    hidden > 1 ? [...lines.slice(0, HOOK_LINES), `(${grouped(hidden)} more lines)`, ...lines.slice(-HOOK_LINES)] : lines
  const room = width === undefined ? undefined : Math.max(1, width - 4)
  const ended = result.exitCode === 0 ? 'ended well' : chalk.bold.red(howItEnded(result))
  return [
    `hook ${name} ${ended}: ${plainLine(result.command)}`,
    ...some.map(line => chalk.dim(`  | ${shortened(line, room, options)}`)),
  ]
}

function howItEnded({ exitCode, signal, timedOut }: HookResult): string {
  if (timedOut) return 'did not end in time'
  return exitCode === null ? `was ended by ${signal}` : `ended with exit code ${exitCode}`
}

/** The verdict, where the evidence is, and what to do next with the exact command. */
export function endText(
  plan: RunbookPlan,
  { end, evidence, next }: RunbookVerdict,
  options: TextOptions,
  chalk: ChalkInstance,
): string[] {
  const { width } = options
  const isDone = end.outcome.kind === 'passed'
  const todo = isDone
    ? next
    : [...next, { text: 'Nothing after that was done. Go on with:', command: plan.resumeCommand }]
  const verdict = wrapped(`${plan.name} of ${plainLine(plan.replicatorName)}: ${verdictWords(plan, end)}`, width)
  return [
    ...indented(verdict).map(line => (isDone ? chalk.bold.green(line) : chalk.bold(line))),
    `evidence: ${plainLine(evidence)}`,
    ...todo.flatMap(({ text, command: then }) => [
      ...indented(wrapped(plainLine(text), width)),
      ...(then === undefined ? [] : [command(then)]),
    ]),
  ]
}

function verdictWords({ steps }: RunbookPlan, { outcome, stoppedAt }: RunbookEnd): string {
  if (outcome.kind === 'passed') return `done, all ${grouped(steps.length)} steps`
  const at = steps.findIndex(({ name }) => name === stoppedAt)
  const where = at < 0 ? '' : ` at step ${at + 1}/${steps.length}, ${plainLine(steps[at]?.title ?? '')}`
  return `${OUTCOME_WORDS[outcome.kind]}${where}`
}

/** Never broken: it is there to be copied. */
function command(text: string): string {
  return `  ${plainLine(text)}`
}
