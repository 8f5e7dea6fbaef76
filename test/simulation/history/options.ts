import { STOP_ALWAYS } from '../../../src/policy/obstacle-policy.js'
import type { ReplicatorOptions } from '../../../src/replication/replicator-options.js'
import type { GroupsPlan } from './groups/groups-plan.js'

/** What a replicator is told, all topics under their own names unless something else is wished. */
export function replicatorOptions(
  id: string,
  aliases: { source: string; target: string },
  {
    naming = 'identical',
    startAt = 'earliest',
    compression = 'NONE',
    obstacles = STOP_ALWAYS,
    groups,
  }: Partial<
    Pick<ReplicatorOptions, 'compression' | 'obstacles'> & { groups: GroupsPlan | undefined } & Pick<
        ReplicatorOptions['topics'],
        'naming' | 'startAt'
      >
  >,
): ReplicatorOptions {
  const side = (alias: string) => ({
    alias,
    reference: alias,
    expectedClusterId: undefined,
    bootstrapBrokers: [],
  })
  return {
    name: id,
    id,
    source: side(aliases.source),
    target: side(aliases.target),
    topics: {
      include: ['.*'],
      exclude: [],
      naming,
      startAt,
      copyConfigurations: true,
      copyAccessControlLists: false,
      detectNew: true,
    },
    groups: {
      include: groups ? ['.*'] : [],
      exclude: [],
      synchronise: groups !== undefined,
      detectNew: groups?.detectNew ?? false,
      mode: groups?.mode ?? 'legacy',
      followResets: groups?.followResets ?? false,
    },
    compression,
    obstacles,
    repairProvenance: false,
    startOver: false,
    resumeCopying: false,
  }
}
