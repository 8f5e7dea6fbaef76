import type { GroupState } from '../groups/group-state.js'
import type { GroupsSnapshot } from '../groups/group-sync.js'
import { grouped } from './format-number.js'

/** `4 groups: 3 synced, 1 active on target`, counted by group and topic where a group reads several. */
export function groupsLine({ count, topics }: GroupsSnapshot): string {
  const counts = new Map<GroupState, number>()
  for (const { state } of topics) counts.set(state, (counts.get(state) ?? 0) + 1)
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([state, n]) => `${grouped(n)} ${stateWords(state)}`)
  const noun = `${grouped(count)} ${count === 1 ? 'group' : 'groups'}`
  if (count === 0) return 'no group has consumed these topics'
  return `${noun}${topics.length > count ? ` on ${grouped(topics.length)} topics` : ''}: ${parts.join(', ')}`
}

/** A state in words. */
export function stateWords(state: GroupState): string {
  return state.replaceAll('-', ' ')
}
