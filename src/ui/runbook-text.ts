import type { ChalkInstance } from 'chalk'
import type { HookResult } from '../runbooks/hooks.js'
import type { NextAction, Runbook, Step, StepOutcome } from '../runbooks/step.js'
import { grouped } from './format-number.js'
import { plainLine, plainText } from './plain-text.js'
import { indented, shortened, type TableOptions, wrapped } from './row-table.js'

/** What a runbook will do. */
export interface RunbookPlan extends Pick<Runbook, 'name' | 'replicatorName' | 'purpose' | 'endsAs'> {
  steps: readonly Pick<Step, 'name' | 'title' | 'commands'>[]
  /** The exact command that goes on with it after a stop. */
  resumeCommand: string
}

/** How it ended, and what to do then. */
export interface RunbookVerdict {
  how: StepOutcome['kind']
  /** The step that it stopped at; undefined when all have passed. */
  stoppedAt: string | undefined
  /** The file that tells what was done, beside everything that was seen. */
  evidence: string
  /** In their order; after a stop the command that goes on with it, or several of which a person chooses one. */
  next: readonly NextAction[]
}

type TextOptions = Pick<TableOptions, 'width' | 'unicode'>

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
    ...wrapped(plainLine(title), width === undefined ? undefined : Math.max(1, width - digits - 4)).map(
      (line, n) => `  ${(n === 0 ? String(i + 1) : '').padStart(digits)}  ${line}`,
    ),
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
  const told = [outcome.reason, ...(outcome.fix === undefined ? [] : [outcome.fix])].flatMap(text => text.split('\n'))
  return [
    first,
    ...told.flatMap(text =>
      text.startsWith('kafka-replicator ')
        ? [command(`  ${text}`)]
        : indented(wrapped(plainLine(text), room)).map(line => `  ${line}`),
    ),
  ]
}

/** What a hook did: its command, how it ended and what it said last; the evidence has all. */
export function hookText(name: string, result: HookResult, options: TextOptions, chalk: ChalkInstance): string[] {
  const { width } = options
  const said = plainText(result.lastLines).trimEnd()
  const lines = said === '' ? [] : said.split('\n').map(plainLine)
  const room = width === undefined ? undefined : Math.max(1, width - 4)
  const isWell = result.exitCode === 0 && result.endedBecause === undefined
  const ended = isWell ? 'ended well' : chalk.bold.red(howItEnded(result))
  return [
    `hook ${name} ${ended}: ${plainLine(result.command)}`,
    ...lines.map(line => chalk.dim(`  | ${shortened(line, room, options)}`)),
  ]
}

function howItEnded({ exitCode, signal, endedBecause }: HookResult): string {
  if (endedBecause === 'timeout') return 'did not end in time'
  if (endedBecause === 'output') return 'said too much, and was ended'
  if (endedBecause === 'interrupted') return 'was interrupted'
  if (exitCode !== null) return `ended with exit code ${exitCode}`
  return signal === null ? 'could not be started' : `was ended by ${signal}`
}

/** The verdict, where the evidence is, and what to do next with the exact command. */
export function endText(
  plan: RunbookPlan,
  verdict: RunbookVerdict,
  options: TextOptions,
  chalk: ChalkInstance,
): string[] {
  const { width } = options
  const { how, evidence, next } = verdict
  const isDone = how === 'passed'
  const words = wrapped(`${plan.name} of ${plainLine(plan.replicatorName)}: ${verdictWords(plan, verdict)}`, width)
  return [
    ...indented(words).map(line => (isDone ? chalk.bold.green(line) : chalk.bold(line))),
    `evidence: ${plainLine(evidence)}`,
    ...(isDone ? [] : wrapped('Nothing after that was done.', width)),
    ...next.flatMap(({ text, command: then }) => [
      ...indented(wrapped(plainLine(text), width)),
      ...(then === undefined ? [] : [command(then)]),
    ]),
  ]
}

function verdictWords({ steps, endsAs }: RunbookPlan, { how, stoppedAt }: RunbookVerdict): string {
  if (how === 'passed' && endsAs === 'aborted') return 'aborted, what it had changed is undone'
  if (how === 'passed') return `done, all ${grouped(steps.length)} steps`
  const at = steps.findIndex(({ name }) => name === stoppedAt)
  const where = at < 0 ? '' : ` at step ${at + 1}/${steps.length}, ${plainLine(steps[at]?.title ?? '')}`
  return `${OUTCOME_WORDS[how]}${where}`
}

/** Never broken: it is there to be copied. */
function command(text: string): string {
  return `  ${plainLine(text)}`
}
