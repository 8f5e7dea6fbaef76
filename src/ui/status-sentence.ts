import type { StoredStatus } from '../replication/stored-status.js'
import { grouped } from './format-number.js'
import { isStoppedForGood } from './never-crossed.js'
import { plainLine } from './plain-text.js'

/** What is so and what to do next; the command, where one helps, stands behind it. */
export interface StatusSentence {
  text: string
  command?: string
}

/** One that is not registered is described by files, and so are its commands. */
export function statusSentence(status: StoredStatus, isRegistered: boolean): StatusSentence {
  const name = plainLine(status.replicatorName)
  const command = (verb: string) =>
    isRegistered
      ? `kafka-replicator ${verb} --replicator-name ${name}`
      : `kafka-replicator ${verb}, with the same files`
  const { totals, source, target } = status
  const lag = `${grouped(totals.lag)} source offset${totals.lag === 1 ? '' : 's'} still to copy`
  const because = status.stateReason === null ? '' : ` (${plainLine(status.stateReason)})`
  const held = totals.held === 0 ? '' : `, and ${partitions(totals.held)} held (see above)`
  if (isStoppedForGood(status)) return stoppedSentence(status, command)
  const missing = totals.gapOffsets ? `, but for ${grouped(totals.gapOffsets)} in recorded gaps` : ''
  switch (status.verdict) {
    case 'unreachable': {
      const silent = [...(source.problem === null ? [] : ['source']), ...(target.problem === null ? [] : ['target'])]
      return { text: `not known: the ${silent.join(' and the ')} could not be asked. Reach it, then look again.` }
    }
    case 'never-ran':
      return { text: 'not running: it has not run yet. Start it with:', command: command('run') }
    case 'failed':
      return {
        text: `not running: it ended by itself${because}${held}. Mend that, then start it with:`,
        command: command('run'),
      }
    case 'silent':
      return {
        text: `not running: it ended without a word (killed, or its machine or network is down)${held}. ${totals.held === 0 ? 'It goes on where it was, nothing lost or doubled' : 'The others go on where they were'}, with:`,
        command: command('run'),
      }
    case 'held':
      return {
        text: `not ok: ${partitions(totals.held)} held to protect the data. Do what the reasons above say, then start it again with:`,
        command: command('run'),
      }
    case 'stopped':
      return { text: `not running: it was stopped${because}, ${lag}. Start it with:`, command: command('run') }
    case 'no-topics':
      return {
        text: 'not ok: no topic on the source is selected. Check TopicsToReplicate; new topics are found within 30 s.',
      }
    case 'unknown':
      return {
        text: 'not known: some numbers are unknown (?). Those that have just begun are known in a moment; look again.',
      }
    case 'copying':
      return {
        text: `ok: it runs, ${lag}${missing}, nothing is held. To see it move:`,
        command: command('status --watch'),
      }
    case 'caught-up':
      return {
        text: `ok: it runs, and everything committed on the source is acknowledged by the target${missing}. To prove it:`,
        command: command('verify'),
      }
  }
}

/** After an unplanned failover: what never crossed must not slip in behind newer records, so a person decides. */
function stoppedSentence(
  { stoppedBy, source, totals }: StoredStatus,
  command: (verb: string) => string,
): StatusSentence {
  const stopped = `copying was stopped by ${plainLine(stoppedBy?.by ?? '')}`
  if (source.problem !== null) {
    return { text: `${stopped}. What never crossed is known when the source answers; look again then.` }
  }
  const left =
    totals.lag === null
      ? 'what never crossed is not known'
      : totals.lag === 0
        ? 'everything has crossed'
        : `${grouped(totals.lag)} source offset${totals.lag === 1 ? '' : 's'} never crossed`
  const asked = totals.lag === 0 ? '' : ', which asks what to do with them'
  return {
    text: `${stopped}: ${left}. Bring the applications back with failback${asked}:`,
    command: command('failback'),
  }
}

function partitions(count: number): string {
  return count === 1 ? '1 partition is' : `${grouped(count)} partitions are`
}
