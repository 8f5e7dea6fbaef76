import type { NameFilter } from './topic-patterns.js'

/** Include and exclude patterns that were noted when a discovery was finished; undefined ones: it was about all names. */
export interface NotedSelection {
  include?: readonly string[]
  exclude?: readonly string[]
}

/**
 * Which names were selected when a discovery was last finished: such a name that is found later is new on the cluster,
 * while any other one may only be new to the selection.
 */
export function earlierFilter(
  noted: NotedSelection | undefined,
  compile: (include: readonly string[], exclude: readonly string[]) => NameFilter,
): NameFilter {
  if (noted === undefined) return { matches: () => false }
  return noted.include === undefined ? { matches: () => true } : compile(noted.include, noted.exclude ?? [])
}

/** Whether what was noted is this very selection. The order of patterns makes no difference to what they match. */
export function isSelectionOf(noted: NotedSelection | undefined, selection: Required<NotedSelection>): boolean {
  if (noted?.include === undefined) return false
  const same = (some: readonly string[], others: readonly string[]) =>
    [...some].sort().join('\n') === [...others].sort().join('\n')
  return same(noted.include, selection.include) && same(noted.exclude ?? [], selection.exclude)
}
