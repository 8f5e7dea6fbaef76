import type { ReplicationEvent } from '../events.js'
import type { ReplicatorSnapshot } from '../replication/snapshot.js'
import { byteRate, clockTime, grouped } from './format-number.js'
import { groupsLine } from './groups-line.js'
import { plainLine } from './plain-text.js'
import type { Rates } from './rates.js'
import { overallState, sum } from './topic-rows.js'

/**
 * One replicator on one line, for logs:
 * `14:02:31Z orders-dr  topics 3  partitions 12  copied 951,402  lag 475  12.3 MB/s  copying`
 * `copied` counts records since this process started.
 */
export function statusLine(snapshot: ReplicatorSnapshot, rates: Rates): string {
  const partitions = snapshot.topics.flatMap(topic => topic.partitions)
  const lag = partitions.length === 0 ? null : sum(partitions.map(partition => partition.lag))
  const reason = snapshot.reason === undefined ? '' : `: ${plainLine(snapshot.reason)}`
  return [
    `${clockTime(snapshot.at)} ${plainLine(snapshot.replicatorName)}`,
    `topics ${grouped(snapshot.topics.length)}`,
    `partitions ${grouped(partitions.length)}`,
    `copied ${grouped(snapshot.recordsCopied)}`,
    `lag ${grouped(lag)}`,
    byteRate(rates.bytes),
    overallState(snapshot) + reason,
    ...(snapshot.groups === undefined ? [] : [groupsLine(snapshot.groups)]),
    ...droppedLogs(snapshot),
  ].join('  ')
}

/** Log records that never arrived; nothing while there are none. */
function droppedLogs({ logSinks = [] }: ReplicatorSnapshot): string[] {
  const lost = logSinks.filter(({ dropped }) => dropped > 0)
  return lost.map(({ sink, dropped }) => `logs dropped for ${sink} ${grouped(dropped)}`)
}

const MARKS = { info: '', warn: 'warning: ', error: 'error: ' }

/** An event as a line of its own. */
export function eventLine(replicatorName: string, event: ReplicationEvent, at: number): string {
  return `${clockTime(at)} ${plainLine(replicatorName)}  ${MARKS[event.level]}${plainLine(event.message)}`
}
