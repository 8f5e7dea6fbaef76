import type { StoredGroup, StoredGroups } from '../replication/stored-groups.js'
import type { StoredStatus } from '../replication/stored-status.js'
import { grouped } from './format-number.js'
import { type GroupRow, groupPartitionRows, groupRows } from './group-rows.js'
import { plainLine } from './plain-text.js'
import { shortened } from './row-table.js'

/** In a sentence a longer name would hide the rest; the tables and JSON have it in full. */
const NAME_WIDTH_MAX = 60

/** What a group does, or what is the matter with it, as the end of a sentence that begins with its name. */
const PREDICATES: Readonly<Record<GroupRow['state'], string>> = {
  failed: 'failed',
  'no-mapping': 'has no mapping',
  unknown: 'is unknown',
  'reset-on-source': 'was reset on the source',
  'waiting-for-copy': 'waits for the copy',
  syncing: 'is being synced',
  'active-on-target': 'is active on the target',
  'ahead-on-target': 'is ahead on the target',
  synced: 'begins earlier there',
}

const SETTLED: readonly GroupRow['state'][] = ['synced', 'active-on-target', 'ahead-on-target']

/**
 * Whether the groups may go to the target now, in one line, with what stands against it. Undefined where no group is
 * synchronised, so that nothing can be said.
 */
export function groupSentence(status: StoredStatus, options: { unicode: boolean }): string | undefined {
  const { groups, totals } = status
  if (groups.mode === 'off') return undefined
  if (groups.problem !== null) return `safe to switch: not known: ${plainLine(groups.problem)}`
  if (!hasOffsets(groups.groups)) return undefined
  const { safeToSwitch, readAgain, activeOnSource } = groups.verdict
  const running = stillRunning(activeOnSource)
  if (safeToSwitch === null) {
    return `safe to switch: not known: ${unsettledGroups(groups, options) ?? 'some numbers are unknown (?)'}${inBrackets(running)}`
  }
  const skipped = readAgain === 0 && !safeToSwitch ? ', but some may be skipped' : ''
  const answer = `${safeToSwitch ? 'yes' : 'no'}, ${wouldBeReadAgain(readAgain)}${skipped}`
  const because = safeToSwitch ? toCopy(totals.lag) : [unsettledGroups(groups, options) ?? mostAgain(groups, options)]
  return `safe to switch: ${answer}${inBrackets([...because, ...running])}`
}

/** `1,204 records would be read again`; an unknown number says so. */
export function wouldBeReadAgain(count: number | null): string {
  if (count === null) return 'an unknown number of records would be read again'
  return `${grouped(count)} record${count === 1 ? '' : 's'} would be read again`
}

/** `orders-app waits for the copy, and 2 more groups`: the worst of the groups that are not where they should be. */
export function unsettledGroups({ groups }: StoredGroups, options: { unicode: boolean }): string | undefined {
  const rows = [...groupRows(groups), ...groupPartitionRows(groups)].filter(({ state }) => !SETTLED.includes(state))
  const [worst] = rows
  if (worst === undefined) return undefined
  const others = new Set(rows.map(({ group }) => group)).size - 1
  const more = others === 0 ? '' : `, and ${grouped(others)} more group${others === 1 ? '' : 's'}`
  return `${named(worst.group, options)} ${PREDICATES[worst.state]}${more}`
}

function mostAgain({ groups }: StoredGroups, options: { unicode: boolean }): string {
  const again = ({ readAgain }: GroupRow) => readAgain ?? Number.POSITIVE_INFINITY
  const [most] = groupRows(groups).sort((a, b) => (again(a) === again(b) ? 0 : again(b) - again(a)))
  return most === undefined ? 'no group is known' : `${named(most.group, options)} ${PREDICATES[most.state]}`
}

/** A consumer that has gone over reads no record that has not; who switches all wants to know. */
function toCopy(lag: number | null): string[] {
  if (lag === 0) return []
  if (lag === null) return ['what is still to copy is not known']
  return [lag === 1 ? '1 source offset is still to copy' : `${grouped(lag)} source offsets are still to copy`]
}

function stillRunning(groups: number): string[] {
  if (groups === 0) return []
  return groups === 1
    ? ['1 group still runs on the source: stop it first']
    : [`${grouped(groups)} groups still run on the source: stop them first`]
}

function inBrackets(notes: readonly string[]): string {
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`
}

function named(group: string, options: { unicode: boolean }): string {
  return shortened(plainLine(group), NAME_WIDTH_MAX, options)
}

function hasOffsets(groups: readonly StoredGroup[]): boolean {
  return groups.some(({ topics }) => topics.length > 0)
}
