import type { Clock } from '../clock.js'
import type { ReplicatorOptions } from './replicator-options.js'
import type { Work } from './work.js'

/** A target that does not acknowledge what is in flight for longer than this is in trouble. */
const LEAVE_DEADLINE_MS = 10_000
const LEAVE_POLL_MS = 20

/**
 * Has a running engine go by the topics and groups that `options` say now. Resolves when it does. Topics that are left out
 * are not read any more, and go on where they were when they are selected again. One that was never copied begins at
 * `startAt`, whatever `detectNew` says: that is about topics that come later. Rejects when a cluster does not answer in
 * time; part of it may hold by then, and calling it again is safe. Not to be called twice at once.
 */
export async function updateSelection(
  options: ReplicatorOptions,
  work: Work,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  if (work.groups === undefined) work.groups = work.openGroups()
  else work.groups.select(options.groups)
  await work.topics.reselect()
  const deadline = clock.monotonic() + LEAVE_DEADLINE_MS
  while (!work.topics.leave()) {
    if (clock.monotonic() > deadline) throw new Error('the target does not acknowledge what is in flight')
    await clock.sleep(LEAVE_POLL_MS, stop)
    if (stop.aborted) return
  }
  await work.topics.discover()
}

/** For people: what is copied from now on. */
export function describeSelection({ topics, groups }: Pick<ReplicatorOptions, 'topics' | 'groups'>): string {
  return `updated: copies topics ${patterns(topics)}; groups ${groups.synchronise ? patterns(groups) : '(none)'}`
}

function patterns({ include, exclude }: { include: readonly string[]; exclude: readonly string[] }): string {
  const all = include.length === 0 ? '(none)' : include.join(', ')
  return exclude.length === 0 ? all : `${all} without ${exclude.join(', ')}`
}
