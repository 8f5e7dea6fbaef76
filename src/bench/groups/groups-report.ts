import { grouped } from '../../ui/format-number.js'
import { figure } from '../report/figures.js'
import { renderMarkdown, renderTerminal } from '../report/table.js'
import type { GroupsResult } from './measure-groups.js'
import type { ReadAgainRun } from './read-again.js'

const TARGETS = { freshnessP99Ms: 2_000, startSeconds: 10 }

/** What is not as good as it is to be; what was not asked for is left out. */
export function unmetTargets({ readAgain, freshness, manyGroups }: GroupsResult): string[] {
  return [
    ...(readAgain?.every(isExact) === false ? ['exact offsets'] : []),
    ...(freshness && freshness.p99Ms > TARGETS.freshnessP99Ms ? ['freshness'] : []),
    ...(manyGroups && manyGroups.startSeconds > TARGETS.startSeconds ? ['start'] : []),
  ]
}

/** Of the others it is told, and not asked. */
function isExact({ contestant, standings, problems }: ReadAgainRun): boolean {
  if (problems.length > 0) return false
  return contestant !== 'ours' || standings.every(({ readAgain, skipped }) => readAgain === 0 && skipped === 0)
}

/** For the terminal, or with `markdown` for the README. */
export function describeGroups(result: GroupsResult, markdown: boolean): string {
  const unmet = unmetTargets(result)
  const mark = (what: string) => (unmet.includes(what) ? 'NOT reached' : 'reached')
  const { readAgain, freshness, manyGroups } = result
  const lines: string[] = []
  if (freshness) {
    const { commits, p50Ms, p99Ms, maxMs, lookEveryMs, loadBefore } = freshness
    lines.push(
      `${commits} commits on the source, one every 0.1 s, until each is on the target (load before: ${loadBefore.toFixed(2)})`,
      `freshness p50 ${figure(p50Ms)} ms, p99 ${figure(p99Ms)} ms (target: ${grouped(TARGETS.freshnessP99Ms)} ms, ${mark('freshness')}), at most ${figure(maxMs)} ms; looked every ${figure(lookEveryMs.p50)} ms, at most ${figure(lookEveryMs.max)} ms`,
      '',
    )
  }
  if (manyGroups) {
    const { groups, topics, idleCpuPercent: cpu, loadBefore } = manyGroups
    lines.push(
      `${grouped(groups)} groups with offsets of ${topics} topics each (load before: ${loadBefore.toFixed(2)})`,
      `start     ${figure(manyGroups.startSeconds)} s until all are right on the target (target: ${TARGETS.startSeconds} s, ${mark('start')}), ${figure(manyGroups.startCpuSeconds)} s of CPU`,
      `idle CPU  ${figure(cpu.ours)} % of a core; source broker ${figure(cpu.source)} %, target broker ${figure(cpu.target)} %`,
      `memory    ${figure(manyGroups.residentMegabytes)} MB resident, ${figure(manyGroups.peakMegabytes)} MB at most`,
      '',
    )
  }
  if (readAgain)
    lines.push(...describeReadAgain(readAgain, markdown), `exact offsets of ours: ${mark('exact offsets')}`)
  return lines.join('\n').trimEnd()
}

function describeReadAgain(runs: readonly ReadAgainRun[], markdown: boolean): string[] {
  const settings = new Map(runs.map(run => [run.contestant, run.settings]))
  const grid = {
    head: ['', 'records', 'group came to the half', 'consumed', 'on the target', 'read again', 'skipped'],
    wordColumns: 1,
    rows: runs.flatMap(({ contestant, records, standings }) =>
      standings.map(({ moved, targetOffset, readAgain, skipped }) => [
        ...[contestant, grouped(records), moved, grouped(Math.floor(records / 2))],
        ...[targetOffset === null ? 'nothing' : grouped(targetOffset), grouped(readAgain), grouped(skipped)],
      ]),
    ),
  }
  return [
    'A group in the middle of a topic (1 partition): what it would read again on the target, counted by an outside client',
    (markdown ? renderMarkdown : renderTerminal)(grid),
    ...[...settings].map(([contestant, setting]) => `- ${contestant}: ${setting}.`),
    ...runs.flatMap(({ contestant, records, problems }) =>
      problems.map(problem => `- PROBLEM, ${contestant}, ${grouped(records)} records: ${problem}`),
    ),
  ]
}
