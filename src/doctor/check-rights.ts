import { AclOperation } from '../wire/messages/create-acls.js'
import { allowCommand, quoted } from './commands.js'
import type { AllowedOn, ClusterFacts, Operation } from './facts.js'
import { counted, type Finding, findingsOf, listed } from './finding.js'

/** A right that an engine needs, and what fails without it. */
interface Need {
  kind: AllowedOn['kind']
  operation: Operation
  why: string
  /** False where topics of the replicator itself can do without it. */
  ofOurs: boolean
}

/** What an engine is to do, as far as rights depend on it. */
export interface RightsWanted {
  copyConfigurations: boolean
  copyAccessControlLists: boolean
  synchroniseGroups: boolean
}

/** All names of a kind, as `kafka-acls` writes them. */
const ALL = '*'
/** More than these names in one command, and it is for all of the kind. */
const NAMED_MAX = 20

/**
 * The rights of README.md ("Secured clusters"), which `test/promises/secured-clusters.test.ts` proves to be enough. That of
 * creating a topic counts where there is none yet; `Alter` of a topic adds partitions as the source gets more.
 */
export function rightsNeeded(side: 'source' | 'target', wanted: RightsWanted): Need[] {
  const need = (kind: Need['kind']) => (operation: Operation, why: string) => ({ kind, operation, why, ofOurs: true })
  const [topic, group, cluster] = [need('topic'), need('group'), need('cluster')]
  const copiedTopic = (operation: Operation, why: string): Need => ({ ...topic(operation, why), ofOurs: false })
  const groups = wanted.synchroniseGroups
  const acls = wanted.copyAccessControlLists
  const both = [topic('Describe', 'without it the topic does not exist for an engine')]
  if (side === 'source') {
    return [
      ...both,
      topic('Read', 'without it no record is read'),
      ...(wanted.copyConfigurations
        ? [copiedTopic('DescribeConfigs', 'without it configurations are not copied')]
        : []),
      ...(groups ? [group('Describe', 'without it the group does not exist for an engine')] : []),
      ...(acls || groups ? [cluster('Describe', 'without it groups and access rules are not all told')] : []),
    ]
  }
  return [
    ...both,
    topic('Create', 'without it topics that are not there yet are not copied'),
    topic('Write', 'without it no record is written'),
    topic('Read', 'without it an engine cannot see where it ended, nor verify'),
    copiedTopic('Alter', 'without it the copy holds once the source gets more partitions'),
    ...(wanted.copyConfigurations
      ? [
          topic('DescribeConfigs', 'without it configurations are not copied'),
          copiedTopic('AlterConfigs', 'without it configurations that change are not copied'),
        ]
      : []),
    ...(groups
      ? [
          group('Describe', 'without it the offsets of the group are not known'),
          group('Read', 'without it the offsets of the group are not written'),
        ]
      : []),
    ...(acls || groups ? [cluster('Describe', 'without it groups and access rules are not all told')] : []),
    ...(acls ? [cluster('Alter', 'without it access rules are not copied')] : []),
  ]
}

/** What of it is allowed: each right that is missing, with all that it is missing on. */
export function checkRights(facts: ClusterFacts, wanted: RightsWanted, allowed: readonly AllowedOn[]): Finding[] {
  const { alias, principal, side } = facts
  const say = findingsOf('rights', side)
  if (allowed.length === 0) return [say.unknown(`what we may do on ${alias}`, UNSEEN, 'See the brokers above.')]
  const needs = rightsNeeded(side, wanted)
  const silent = allowed.filter(({ operations }) => operations === undefined)
  const mayCreateAll = allowed.some(({ kind, operations }) => kind === 'cluster' && may(operations, 'Create'))
  const missing = needs.flatMap(need => {
    // Whoever may create topics anywhere may create this one.
    if (need.operation === 'Create' && mayCreateAll) return []
    const without = allowed.filter(on => isMissing(need, on))
    return without.length === 0 ? [] : [missingRight(facts, need, needs, without)]
  })
  const told =
    missing.length > 0 ? missing : [say.ok(`${principal} has every right it needs on ${alias}, as far as told`)]
  if (silent.length === 0) return told
  const what = `what we may do on ${counted(silent.length, 'resource')} of ${alias}: ${listed(silent.map(({ name }) => name))}`
  return [...told, say.unknown(what, UNSEEN, 'See the brokers above, or start an engine: it names what it lacks.')]
}

const UNSEEN = 'a missing right shows only when an engine runs'

function isMissing({ kind, ofOurs, operation }: Need, on: AllowedOn): boolean {
  if (on.kind !== kind || on.operations === undefined || (on.isOurs && !ofOurs)) return false
  // What may not be described does not tell the rest: that one is enough to say.
  if (on.operations === 0) return operation === 'Describe'
  return !may(on.operations, operation)
}

function missingRight(
  facts: ClusterFacts,
  { kind, operation, why }: Need,
  needs: readonly Need[],
  without: readonly AllowedOn[],
): Finding {
  const { alias, principal, side } = facts
  const names = without.map(({ name }) => name)
  const on = kind === 'cluster' ? 'the cluster' : `${counted(names.length, kind)} (${listed(names)})`
  const asked = names.length > NAMED_MAX ? [ALL] : names
  const resources = kind === 'cluster' ? ['--cluster'] : asked.map(name => `--${kind} ${quoted(name)}`)
  const all = needs.filter(need => need.kind === kind).map(need => need.operation)
  const fix = allowCommand(facts, operation === 'Describe' ? all : [operation], resources)
  return findingsOf('rights', side).error(`${principal} lacks ${operation} on ${on} of ${alias}`, why, fix)
}

function may(operations: number | undefined, operation: Operation): boolean {
  return operations !== undefined && (operations & (1 << AclOperation[operation])) !== 0
}
