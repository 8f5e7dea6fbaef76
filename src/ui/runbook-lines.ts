import type { GateTable } from '../runbooks/context.js'
import type { RunbookEnded, RunbookEvent } from '../runbooks/runbook-events.js'
import type { Runbook, Step, StepPart } from '../runbooks/step.js'
import { clockTime, grouped } from './format-number.js'
import { plainLine, plainText } from './plain-text.js'

/** What each part of a step is called on the screen, as wide as the widest. */
const PART_HEADINGS: Readonly<Record<StepPart, string>> = { check: 'CHECK', act: 'DO   ', gate: 'GATE ' }

/** What an event looks like, one line or a few; undefined for those that are seen otherwise (tables, prompts). */
export function runbookLines(event: RunbookEvent): string | undefined {
  switch (event.event) {
    case 'begun': {
      const how = event.resumed ? 'resumed' : 'begun'
      return plainText(
        `${event.runbook} of ${event.replicatorName}, run ${event.id} ${how}; all is kept in ${event.folder}`,
      )
    }
    case 'step':
      return stepLine(event)
    case 'line':
      return plainText(event.text)
    case 'gate':
    case 'asked':
      return undefined
    case 'hook': {
      const how = event.exitCode === null ? (event.signal ?? 'not started') : `exit code ${event.exitCode}`
      const seconds = (event.durationMs / 1_000).toFixed(1)
      return `  ${event.name}: ${plainLine(event.command)}: ${how} after ${seconds} s; output in ${plainLine(event.outputFile)}`
    }
    case 'ended':
      return endLines(event)
  }
}

function stepLine({ state, step, title, number, of }: Extract<RunbookEvent, { event: 'step' }>): string | undefined {
  const place = `${number}/${of}`
  switch (state.kind) {
    case 'under-way':
      return `${PART_HEADINGS[state.part]} ${place}  ${step}: ${plainLine(title)}`
    case 'passed':
      return `  done ${place}  ${step}`
    case 'not-needed':
      return `  not needed ${place}  ${step}`
    case 'passed-over':
      return `  passed over ${place}  ${step}`
    case 'stopped':
      return undefined // the end says it, with what to do
  }
}

/** The last line says what happens next. */
function endLines({ verdict, stoppedAt, reason, fix, report, next }: RunbookEnded): string {
  const how = verdict === 'done' ? 'done' : `stopped: ${stoppedAt}: ${reason ?? 'by its operator'}`
  const lines = [plainText(how), ...(fix === null ? [] : [plainText(fix)])]
  return [...lines, `report: ${plainLine(report)}`, `next: ${plainLine(next)}`].join('\n')
}

/** A look of a gate in one line; the time of a look is left out where lines are compared. */
export function gateLine({ title, threshold, sample, good, samples, status, lacking }: GateTable): string {
  const stands = `lag ${grouped(status.totals.lag)}, ${good} of ${samples} good looks`
  const why = lacking === undefined ? 'holds' : `not ready: ${plainLine(lacking)}`
  const at = clockTime(Date.parse(status.at))
  return `${title} (${threshold})  ${stands}  ${at}  sample ${sample}: ${why}`
}

/** What would be done, for `--dry-run`: steps, their parts and the commands that would do the same. */
export function planText({ name, replicatorName, steps }: Runbook): string {
  const plan = steps.map((step, i) => {
    const commands = step.commands.map(command => `\n       $ ${plainLine(command)}`).join('')
    return `${String(i + 1).padStart(3)}. ${step.name} (${partsOf(step)}): ${plainLine(step.title)}${commands}`
  })
  return [`${name} of ${plainLine(replicatorName)} would go through ${steps.length} steps:`, ...plan].join('\n')
}

function partsOf(step: Step): string {
  const parts = (['check', 'act', 'gate'] as const).filter(part => step[part] !== undefined)
  return [...(step.isNeeded === undefined ? [] : ['if needed']), ...parts].join(', ')
}
