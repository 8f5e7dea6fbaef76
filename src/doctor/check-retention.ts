import { retentionOf } from '../policy/retention-headroom.js'
import { configureCommand } from './commands.js'
import type { ClusterFacts, TopicFacts } from './facts.js'
import { counted, type Finding, findingsOf, listed } from './finding.js'

/** The headroom below which a person should act (`../../examples/`, alert rules). */
const HORIZON_MS = 6 * 60 * 60 * 1000
/** Where records live for a day or less, that would always be so. */
const SHARE = 4

/** What of a topic is not copied and about to be deleted. */
export interface Endangered {
  sourceTopic: string
  /** Partitions whose first uncopied record is due within the horizon; undefined: not known. */
  partitions: number[] | undefined
}

/** How soon before its deletion a record that is not copied is a danger, in milliseconds; undefined: it is never deleted by age. */
export function horizonOf({
  source,
}: Pick<TopicFacts, 'source'>): { retentionMs: number; horizonMs: number } | undefined {
  const retentionMs = source && retentionOf(source.values)?.ms
  if (retentionMs === undefined) return undefined
  return { retentionMs, horizonMs: Math.min(HORIZON_MS, retentionMs / SHARE) }
}

/** Will all be copied before the source deletes it? */
export function checkRetention(
  topics: readonly TopicFacts[],
  endangered: readonly Endangered[],
  source: ClusterFacts,
): Finding[] {
  const say = findingsOf('retention', 'source')
  const hidden = endangered.filter(({ partitions }) => partitions === undefined).map(({ sourceTopic }) => sourceTopic)
  const late = endangered.flatMap(({ partitions, sourceTopic }) => {
    const horizon = horizonOf(topics.find(topic => topic.sourceTopic === sourceTopic) ?? { source: undefined })
    if (horizon === undefined) return []
    const when = hours(horizon.horizonMs)
    if (partitions === undefined || partitions.length === 0) return []
    const what = `${sourceTopic}: records of partition ${listed(partitions.map(String))} are not copied yet and due for deletion within ${when}`
    const longer = String(horizon.retentionMs * 2)
    return [say.warning(what, LOST, configureCommand(source, sourceTopic, 'retention.ms', longer))]
  })
  const what = `when ${counted(hidden.length, 'topic')} (${listed(hidden)}) will delete what is not copied yet`
  const unknown = hidden.length === 0 ? [] : [say.unknown(what, LOST, 'See the brokers and rights above.')]
  const findings = [...late, ...unknown]
  if (findings.length > 0 || endangered.length === 0) return findings
  return [say.ok(`nothing of ${counted(endangered.length, 'topic')} is about to be deleted before it is copied`)]
}

const LOST = 'what the source deletes before it is copied is lost to the target'

function hours(ms: number): string {
  return ms >= 3_600_000 ? `${Math.round(ms / 360_000) / 10} h` : `${Math.max(1, Math.round(ms / 60_000))} min`
}
