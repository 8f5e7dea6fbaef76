import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../clock.js'
import { guardFolder } from '../../local-kafka/guard.js'
import { openSide } from '../stage.js'
import { type FreshnessResult, measureFreshness } from './freshness.js'
import type { GroupStage } from './group-stage.js'
import { type ManyGroupsResult, measureManyGroups } from './many-groups.js'
import { measureReadAgain, type ReadAgainRun } from './read-again.js'

/** What can be measured of groups; each for itself. */
export const GROUP_PARTS = ['read-again', 'freshness', 'many-groups'] as const
export type GroupPart = (typeof GROUP_PARTS)[number]

/** How much there is of everything; a test has less. */
export interface GroupsOptions {
  parts: readonly GroupPart[]
  /** Of the topics on which groups stand half way, each measured for itself. */
  records: readonly number[]
  /** Contestants that read again; empty means all. */
  only: readonly string[]
  /** Offsets that are committed one after the other, and timed. Default 300. */
  commits?: number
  /** Default 1,000. */
  groups?: number
  /** Each group has consumed all of them. Default 10. */
  topics?: number
  /** Default 60. */
  idleSeconds?: number
  cpuProfileFolder?: string | undefined
}

/** Null for what was not asked for. */
export interface GroupsResult {
  readAgain: ReadAgainRun[] | null
  freshness: FreshnessResult | null
  manyGroups: ManyGroupsResult | null
}

/** Two brokers, and one measurement after the other. @throws Error when one of them does not come to its end. */
export async function measureGroups(
  options: GroupsOptions,
  clock: Clock,
  say: (text: string) => void,
): Promise<GroupsResult> {
  const opened: AsyncDisposable[] = []
  const folder = await mkdtemp(join(tmpdir(), 'kafka-replicator-bench-'))
  const releaseGuard = guardFolder(folder)
  try {
    say('starting two brokers')
    const [source, target] = await Promise.all([openSide('source', opened, say), openSide('target', opened, say)])
    const stage: GroupStage = { source, target, folder, clock, say }
    const isAsked = (part: GroupPart) => options.parts.includes(part)
    // What is timed comes first: brokers that have moved millions of records have more to tidy up.
    return {
      freshness: isAsked('freshness') ? await measureFreshness(stage, options) : null,
      manyGroups: isAsked('many-groups') ? await measureManyGroups(stage, options) : null,
      readAgain: isAsked('read-again') ? await measureReadAgain(stage, options) : null,
    }
  } finally {
    for (const resource of opened.reverse()) await resource[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
    releaseGuard()
  }
}
