import type { Api } from '../wire/api.js'
import { createTopics } from '../wire/messages/create-topics.js'
import { describeConfigs } from '../wire/messages/describe-configs.js'
import { fetch } from '../wire/messages/fetch.js'
import { fetchById } from '../wire/messages/fetch-by-id.js'
import { incrementalAlterConfigs } from '../wire/messages/incremental-alter-configs.js'
import { initProducerId } from '../wire/messages/init-producer-id.js'
import { listGroups } from '../wire/messages/list-groups.js'
import { listOffsets } from '../wire/messages/list-offsets.js'
import { metadata } from '../wire/messages/metadata.js'
import { offsetCommit } from '../wire/messages/offset-commit.js'
import { PRODUCE } from '../wire/messages/produce.js'
import type { ClusterFacts } from './facts.js'
import { type Finding, findingsOf, listed } from './finding.js'

type Spoken = Pick<Api<never, never>, 'name' | 'key' | 'version'>
type Offered = ReadonlyMap<number, { min: number; max: number }>

/** The versions that an engine speaks; of Fetch one of the two. Notes are read on the target, and provenance on both. */
const NEEDED: Record<'source' | 'target', readonly Spoken[]> = {
  source: [metadata, listOffsets, describeConfigs, listGroups],
  target: [
    ...[metadata, listOffsets, describeConfigs, listGroups, PRODUCE, initProducerId],
    ...[createTopics, incrementalAlterConfigs, offsetCommit],
  ],
}

/**
 * The highest Fetch version of each release (Kafka: `FetchRequest.json`). Brokers do not tell their release, and one that
 * is not Kafka has its own.
 */
const RELEASES: readonly [fetchVersion: number, releases: string][] = [
  [18, '4.1 or newer'],
  [17, '3.9 or 4.0'],
  [16, '3.7 or 3.8'],
  [14, '3.5 or 3.6'],
  [13, '3.1 to 3.4'],
  [12, '2.7 to 3.0'],
]

/** Do the brokers speak what an engine asks? */
export function checkVersions({ alias, brokers, side }: ClusterFacts): Finding[] {
  const say = findingsOf('versions', side)
  const told = brokers.flatMap(({ address, versions }) =>
    versions.value ? [{ address, offered: versions.value }] : [],
  )
  if (told.length === 0) {
    const fix = 'See the brokers above.'
    return [say.unknown(`what the brokers of ${alias} speak: none was reached`, TOO_OLD, fix)]
  }
  const lacking = told.flatMap(({ address, offered }) => {
    const names = missing(offered, side)
    return names.length === 0 ? [] : [say.error(`${address} does not speak ${listed(names)}`, TOO_OLD, UPGRADE)]
  })
  if (lacking.length > 0) return lacking
  const releases = [...new Set(told.map(({ offered }) => releaseOf(offered)))].join(', ')
  const byId = told.every(({ offered }) => speaks(offered, fetchById))
  const how = side === 'target' || byId ? '' : '; topics are fetched by name, not by id (that is from 3.1 on)'
  return [say.ok(`${alias} speaks all that is needed (by its requests Kafka ${releases})${how}`)]
}

const TOO_OLD = 'an engine speaks to Kafka 2.8 and newer'
const UPGRADE = 'Upgrade the brokers to Kafka 2.8 or newer.'

function missing(offered: Offered, side: 'source' | 'target'): string[] {
  const names = NEEDED[side]
    .filter(api => !speaks(offered, api))
    .map(({ name, version }) => `${name} version ${version}`)
  const fetches = speaks(offered, fetchById) || speaks(offered, fetch)
  return fetches ? names : [...names, `Fetch version ${fetch.version}`]
}

function speaks(offered: Offered, { key, version }: Pick<Spoken, 'key' | 'version'>): boolean {
  const range = offered.get(key)
  return range !== undefined && range.min <= version && version <= range.max
}

function releaseOf(offered: Offered): string {
  const max = offered.get(fetch.key)?.max ?? 0
  return RELEASES.find(([version]) => version <= max)?.[1] ?? 'before 2.7'
}
