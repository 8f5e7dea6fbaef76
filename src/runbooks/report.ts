import { readFile } from 'node:fs/promises'
import type { Evidence } from './evidence.js'
import type { JournalEntry } from './journal.js'
import type { RunbookEnded, RunbookEvent } from './runbook-events.js'
import type { Runbook } from './step.js'
import { progressOf } from './step-progress.js'

/** What was done when, gates with their last tables, what was found, how it ended and how to go on: Markdown. */
export async function writeReport(
  runbook: Runbook,
  entries: readonly JournalEntry[],
  evidence: Evidence,
  end: RunbookEnded,
): Promise<void> {
  const parts = [
    heading(runbook, entries, end),
    stepTable(runbook, entries),
    factList(entries),
    await gateTables(runbook, evidence),
    hookTable(await eventsOf(evidence)),
    'What lies beside this file: `journal.jsonl` (what was done), `events.jsonl` (all that was told), `tables.txt` (every table).',
  ]
  await evidence.keep('report.md', `${parts.filter(part => part !== '').join('\n\n')}\n`)
}

function heading({ name, replicatorName }: Runbook, entries: readonly JournalEntry[], end: RunbookEnded): string {
  const first = entries[0]
  const id = first?.event === 'runbook' ? first.id : ''
  const resumed = entries.filter(({ event }) => event === 'resumed').length
  const how =
    end.stoppedAt === null
      ? `**${end.verdict}**`
      : `**stopped** at \`${end.stoppedAt}\`: ${end.reason ?? 'by its operator'}`
  return [
    `# ${name} of ${replicatorName}: ${end.verdict}`,
    '',
    `- run: ${id}, begun ${first?.at}${resumed === 0 ? '' : `, resumed ${resumed === 1 ? 'once' : `${resumed} times`}`}`,
    `- last entry: ${entries.at(-1)?.at}`,
    `- how it ended: ${how} (exit code ${end.exitCode})`,
    ...(end.fix === null ? [] : [`- what to do: ${end.fix.replaceAll('\n', ' ')}`]),
    ...[end.next, ...end.or].map(({ text, command }) => `- how to go on: ${[text, command].filter(Boolean).join(' ')}`),
  ].join('\n')
}

function stepTable({ steps }: Runbook, entries: readonly JournalEntry[]): string {
  const progress = progressOf(entries, steps)
  const rows = steps.map((step, i) => {
    const own = entries.filter(entry => 'step' in entry && entry.step === step.name)
    const begun = own.find(({ event }) => event === 'begun')
    const last = own.findLast(({ event }) => event !== 'begun')
    const how = progress[i]?.over ?? describe(last, own.length > 0)
    return `| ${i + 1} | ${step.name} | ${cell(step.title)} | ${cell(how)} | ${begun?.at ?? ''} | ${last?.at ?? ''} |`
  })
  return ['## Steps', '', '| | step | to | how it ended | begun | ended |', '|-|-|-|-|-|-|', ...rows].join('\n')
}

function describe(last: JournalEntry | undefined, hasBegun: boolean): string {
  if (last === undefined) return hasBegun ? 'begun' : 'not begun'
  if (last.event === 'stopped') return `${last.part}: ${last.outcome.kind}`
  if (last.event === 'decided') return `a person decided: ${last.isDone ? 'done' : 'not done'}`
  return last.event
}

function factList(entries: readonly JournalEntry[]): string {
  const facts = entries.filter(entry => entry.event === 'fact')
  if (facts.length === 0) return ''
  return ['## Facts', '', ...facts.map(({ at, name, value }) => `- ${at} ${name}: ${JSON.stringify(value)}`)].join('\n')
}

async function gateTables({ steps }: Runbook, evidence: Evidence): Promise<string> {
  const tables: string[] = []
  for (const { name } of steps) {
    const text = await textOf(evidence.pathOf(`gate-${name}.txt`))
    if (text !== '') tables.push(`### ${name}\n\n\`\`\`\n${text.trimEnd()}\n\`\`\``)
  }
  return tables.length === 0 ? '' : ['## Gates, as they were last seen', ...tables].join('\n\n')
}

function hookTable(events: readonly RunbookEvent[]): string {
  const rows = events.flatMap(event => {
    if (event.event !== 'hook') return []
    const how = event.exitCode === null ? (event.signal ?? 'not started') : `exit code ${event.exitCode}`
    const seconds = (event.durationMs / 1_000).toFixed(1)
    return [
      `| ${event.at} | ${event.name} | ${cell(event.command)} | ${how} | ${seconds} s | ${cell(event.outputFile)} |`,
    ]
  })
  if (rows.length === 0) return ''
  return ['## Commands', '', '| ended | for | command | how | took | output |', '|-|-|-|-|-|-|', ...rows].join('\n')
}

/** What was told in all lives; a last line that was cut by a kill is left out. */
async function eventsOf(evidence: Evidence): Promise<RunbookEvent[]> {
  const lines = (await textOf(evidence.pathOf('events.jsonl'))).split('\n')
  return lines.filter(Boolean).flatMap(line => {
    try {
      return [JSON.parse(line) as RunbookEvent]
    } catch {
      return [] // a kill came while it was written; what was done is in the journal
    }
  })
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** A text in a table of Markdown. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
