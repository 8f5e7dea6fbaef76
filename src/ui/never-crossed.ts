import type { StoredStatus } from '../replication/stored-status.js'
import { grouped } from './format-number.js'
import { plainLine } from './plain-text.js'
import { indented, wrapped } from './row-table.js'

/** Longer lists are for --output json. */
const LISTED_MAX = 20

/** Whether somebody has stopped the copying for good, and nobody goes on with it all the same (`--resume-copying`). */
export function isStoppedForGood({ stoppedBy, state }: StoredStatus): boolean {
  return stoppedBy !== null && state !== 'running'
}

/** The source offsets that a failover has left behind, partition by partition; nothing where copying goes on. */
export function neverCrossed(status: StoredStatus, { width }: { width: number | undefined }): string[] {
  if (!isStoppedForGood(status)) return []
  const logs = status.topics.flatMap(({ sourceTopic, partitions }) =>
    partitions.flatMap(({ partition, copied, sourceEnd, lag }) => {
      if (lag === 0) return []
      const where = `${plainLine(sourceTopic)} p${partition}`
      if (copied === null || sourceEnd === null) return [`${where}: not known`]
      return [`${where}: source offsets ${copied}-${sourceEnd - 1} (${grouped(sourceEnd - copied)})`]
    }),
  )
  if (logs.length === 0) return []
  const more = logs.length - LISTED_MAX
  const lines = [
    'never crossed, in source offsets that are not on the target:',
    ...logs.slice(0, LISTED_MAX).map(line => `  ${line}`),
    ...(more > 0 ? [`  and ${grouped(more)} more partitions: see --output json`] : []),
  ]
  return lines.flatMap(line => indented(wrapped(line, width)))
}
