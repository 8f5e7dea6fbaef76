import type { StoredStatus } from '../replication/stored-status.js'
import { grouped } from './format-number.js'
import { plainLine } from './plain-text.js'

/**
 * What is so, and what to do next, in one line. `startCommand` is undefined for a replicator that is described by files.
 */
export function statusSentence(status: StoredStatus, startCommand: string | undefined): string {
  const [what, next] = parts(status, startCommand ?? 'the same run command as before')
  return `${what}. ${next}`
}

function parts(status: StoredStatus, start: string): [what: string, next: string] {
  const { totals, source, target } = status
  const lag = `${grouped(totals.lag)} source offsets still to copy`
  const because = status.stateReason === null ? '' : ` (${plainLine(status.stateReason)})`
  switch (status.verdict) {
    case 'unreachable': {
      const silent = [...(source.problem === null ? [] : ['source']), ...(target.problem === null ? [] : ['target'])]
      return [`not known: the ${silent.join(' and the ')} could not be asked`, 'Reach it, then look again.']
    }
    case 'never-ran':
      return ['not running: it has not run yet', `Start it with: ${start}`]
    case 'failed':
      return [`not running: it ended by itself${because}`, `Mend that, then start it with: ${start}`]
    case 'silent':
      return [
        'not running: it ended without a word (killed, or its machine or network is down)',
        `It goes on where it was, nothing lost or doubled, with: ${start}`,
      ]
    case 'held':
      return [
        `not ok: ${partitions(totals.held)} held to protect the data`,
        `Do what the reasons above say; then start it again with: ${start}`,
      ]
    case 'stopped':
      return [`not running: it was stopped${because}, ${lag}`, `Start it with: ${start}`]
    case 'no-topics':
      return [
        'not ok: no topic on the source is selected',
        'Check TopicsToReplicate; new topics are found within 30 s.',
      ]
    case 'unknown':
      return [
        'not known: some numbers are unknown (?)',
        'Wait for the partitions that have just begun, or see the reasons.',
      ]
    case 'copying':
      return [`ok: it runs, ${lag}`, 'To see it move: --watch']
    case 'caught-up':
      return [
        `ok: it runs, and everything committed on the source is acknowledged by the target`,
        'To prove it: kafka-replicator verify',
      ]
  }
}

function partitions(count: number): string {
  return count === 1 ? '1 partition is' : `${grouped(count)} partitions are`
}
