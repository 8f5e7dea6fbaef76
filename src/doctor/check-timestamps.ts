import { configureCommand } from './commands.js'
import type { ClusterFacts, TopicFacts } from './facts.js'
import { type Finding, findingsOf } from './finding.js'

/** What the records of a topic say about time; milliseconds since the epoch. */
export interface TopicTimes {
  sourceTopic: string
  /** Of the first record of any partition; undefined: empty, or not known. */
  oldest: number | undefined
  /** Of a record that is later than now by more than `FUTURE_MS`; undefined: there is none, or it is not known. */
  future: number | undefined
}

/** Clocks that are kept by NTP are far closer; and a record travels a moment. */
export const FUTURE_MS = 60_000

/** Does the target take the timestamps that the source has? */
export function checkTimestamps(
  topics: readonly TopicFacts[],
  times: readonly TopicTimes[],
  target: ClusterFacts,
  now: number,
): Finding[] {
  const say = findingsOf('topics', 'target')
  return times.flatMap(({ future, oldest, sourceTopic }) => {
    const topic = topics.find(topic => topic.sourceTopic === sourceTopic)
    const values = topic?.target?.values
    // The broker sets the time itself then, and judges none.
    if (topic === undefined || values?.get('message.timestamp.type') === 'LogAppendTime') return []
    const limits = [
      { age: oldest === undefined ? undefined : now - oldest, names: ['before', 'difference'], which: 'old' },
      { age: future === undefined ? undefined : future - now, names: ['after', 'difference'], which: 'early' },
    ]
    return limits.flatMap(({ age, names, which }) => {
      const crossed = names
        .map(part => `message.timestamp.${part}.max.ms`)
        .find(name => age !== undefined && age > Number(values?.get(name) ?? Number.POSITIVE_INFINITY))
      if (crossed === undefined || age === undefined) return []
      const what = `${topic.targetTopic} takes no record ${values?.get(crossed)} ms too ${which} (${crossed}), ${sourceTopic} has one of ${Math.round(age)} ms`
      const why = 'such records are refused, and their partitions held'
      return [say.error(what, why, configureCommand(target, topic.targetTopic, crossed, FOREVER))]
    })
  })
}

/** Kafka's default of these limits: `Long.MAX_VALUE`. */
const FOREVER = '9223372036854775807'

/**
 * Do the clocks agree? Brokers do not tell theirs, and asking by a record of our own would write: only a record from the
 * future is proof that one of the clocks is wrong, the producer's, the broker's or ours.
 */
export function checkClocks(source: ClusterFacts, times: readonly TopicTimes[], now: number): Finding[] {
  const say = findingsOf('clocks', 'source')
  const why = 'lag in seconds, retention and searches by time are off by as much'
  const ahead = times.filter(({ future }) => future !== undefined)
  const [first] = ahead
  if (first?.future === undefined) {
    const what = `how far the clocks of both clusters are from ours: Kafka does not tell${source.metadata.value ? ', and no record is from the future' : ''}`
    return [say.unknown(what, why, 'chronyc tracking   # here and on each broker')]
  }
  const seconds = Math.round((first.future - now) / 1000)
  const what = `a record of ${first.sourceTopic} is from ${seconds} s in the future: the clock of its producer, of its broker or of this machine is wrong`
  return [say.warning(what, why, 'chronyc tracking   # here, on the brokers, and where that producer runs')]
}
