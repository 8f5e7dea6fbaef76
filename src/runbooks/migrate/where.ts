import type { StoredGroup } from '../../replication/stored-groups.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import type { JournalEntry } from '../journal.js'
import type { RunbookRun } from '../runbook-folder.js'
import type { Step } from '../step.js'
import { membersOf } from './one-group.js'
import type { Ways } from './ways.js'

/** Where an application is, and how far. */
export interface WhereRow {
  group: string
  /** Clusters on which it has members; null where that is not known. */
  runsOn: string[] | null
  /** Records that it has still to consume, all topics together, on the old cluster and on the new one; null where unknown. */
  lags: readonly [old: number | null, new: number | null]
}

/** What the last step needs of the world around it. */
export interface WhereParts extends Ways {
  /** All runs on this machine that can be read. */
  runs(): Promise<readonly RunbookRun[]>
  /** The lines of a table. */
  table(rows: readonly WhereRow[], clusters: readonly [old: string, new: string]): string[]
}

/** Says where every group and the producers are. */
export function sayWhere(parts: WhereParts): Step {
  return {
    name: 'where',
    title: 'see where the applications are',
    commands: [`kafka-replicator status --replicator-name ${parts.there.name}`],
    gate: async context => {
      const { there, back } = parts
      const [thereNow, backNow] = await Promise.all([context.statusOf(there), context.statusOf(back)])
      const rows = whereRows(thereNow, backNow)
      const clusters = [there.source.alias, there.target.alias] as const
      const producers = `producers: ${whereProducersAre(parts, await parts.runs())}`
      await context.evidence.keep('where.json', `${JSON.stringify({ groups: rows, producers }, null, 2)}\n`)
      const problems = [thereNow, backNow].flatMap(({ replicatorName, source, target, groups }) => {
        const problem = source.problem ?? target.problem ?? groups.problem
        return problem === null ? [] : [`not all is known of ${replicatorName}: ${problem}`]
      })
      for (const line of [...parts.table(rows, clusters), ...problems, producers]) await context.say(line)
      return { kind: 'passed' }
    },
  }
}

/** Both replicators know each group; where only one does, it says. */
export function whereRows(there: StoredStatus, back: StoredStatus): WhereRow[] {
  const known = new Set(there.groups.groups.map(({ group }) => group))
  const others = back.groups.groups.filter(({ group }) => !known.has(group))
  const rows = [
    ...there.groups.groups.map(group => ({
      ...whereIs(group, there),
      lags: [lagOn(group, 'source'), lagOn(group, 'target')] as const,
    })),
    ...others.map(group => ({
      ...whereIs(group, back),
      lags: [lagOn(group, 'target'), lagOn(group, 'source')] as const,
    })),
  ]
  return rows.sort((a, b) => (a.group < b.group ? -1 : 1))
}

function whereIs(group: StoredGroup, { source, target }: StoredStatus): Omit<WhereRow, 'lags'> {
  const { onSource, onTarget } = membersOf(group)
  const isKnown = group.sourceState !== null || group.targetState !== null
  const runsOn = [...(onSource ? [source.alias] : []), ...(onTarget ? [target.alias] : [])]
  return { group: group.group, runsOn: isKnown ? runsOn : null }
}

function lagOn({ topics }: StoredGroup, side: 'source' | 'target'): number | null {
  return topics.reduce<number | null>((sum, topic) => {
    const { sumOffsetLag } = topic[side]
    return sum === null || sumOffsetLag === null ? null : sum + sumOffsetLag
  }, 0)
}

/** Logs grow on both sides wherever producers write, so only what was moved from here tells. */
export function whereProducersAre({ there, back }: Ways, runs: readonly RunbookRun[]): string {
  const moves = runs.flatMap(run => {
    const { begun, flags, entries, id } = run
    const isTheirs = begun.replicatorId === there.id || begun.replicatorId === back.id
    if (begun.runbook !== 'migrate' || !isTheirs || flags.producers !== true) return []
    const main = begun.replicatorId === there.id ? there : back
    const [from, to] = flags.back === true ? [main.target, main.source] : [main.source, main.target]
    const started = entries.findLast(entry => isActed(entry, 'start-producers'))
    if (started !== undefined) return [{ at: started.at, text: `on ${to.alias} since ${started.at} (run ${id})` }]
    const stopped = entries.findLast(entry => isActed(entry, 'stop-producers'))
    return stopped === undefined
      ? []
      : [{ at: stopped.at, text: `stopped on ${from.alias} since ${stopped.at}, by the unfinished run ${id}` }]
  })
  const last = moves.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1)
  return last?.text ?? 'not known, no run on this machine has moved them'
}

function isActed(entry: JournalEntry, step: string): boolean {
  if (!('step' in entry) || entry.step !== step) return false
  return (entry.event === 'passed' && entry.part === 'act') || (entry.event === 'decided' && entry.isDone)
}
