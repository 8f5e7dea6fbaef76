import type { Clock } from '../clock.js'
import { compileGroupPatterns } from '../policy/topic-patterns.js'
import { closeSide } from '../replication/open-clusters.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import { EXAMINATION_MS, endingWithin } from './answer.js'
import { type AskedCluster, askCluster } from './ask-cluster.js'
import { askGroups } from './ask-groups.js'
import { allowedOnGroups } from './ask-rights.js'
import { askTimes } from './ask-times.js'
import { askTopics } from './ask-topics.js'
import { checkBrokers } from './check-brokers.js'
import { checkCertificates } from './check-certificates.js'
import { checkClusters } from './check-clusters.js'
import { checkGroups } from './check-groups.js'
import { checkQuotas } from './check-quotas.js'
import { checkRetention } from './check-retention.js'
import { checkRights } from './check-rights.js'
import { checkClocks, checkTimestamps } from './check-timestamps.js'
import { checkTopics } from './check-topics.js'
import { checkVersions } from './check-versions.js'
import { AREAS, countBySeverity, type DoctorReport, type Finding } from './finding.js'

/**
 * Examines both clusters as a replicator would use them: first all is asked, then judged. It writes nothing to them and
 * never rejects; whatever does not answer is unknown, and it ends within 30 s.
 */
export async function examine(options: ReplicatorOptions, ofMachine: Clock): Promise<DoctorReport> {
  const clock = endingWithin(EXAMINATION_MS, ofMachine)
  const [source, target] = await Promise.all([
    askCluster('source', options.source, clock),
    askCluster('target', options.target, clock),
  ])
  try {
    const findings = [
      ...checkClusters(source.facts, target.facts),
      ...[source, target].flatMap(({ facts }) => [
        ...checkBrokers(facts),
        ...checkCertificates(facts, clock.now()),
        ...checkVersions(facts),
        ...checkQuotas(facts),
      ]),
      ...(await examineWork(options, source, target, clock)),
    ]
    return {
      replicatorName: options.name,
      at: new Date(clock.now()).toISOString(),
      source: nameOf(source),
      target: nameOf(target),
      counts: countBySeverity(findings),
      findings: findings.toSorted((a, b) => AREAS.indexOf(a.area) - AREAS.indexOf(b.area)),
    }
  } finally {
    // Connections that are still being tried are not waited for.
    for (const { side } of [source, target]) void closeSide(side)
  }
}

/** Topics and groups: what there is to copy, and whether it can be. */
async function examineWork(
  options: ReplicatorOptions,
  source: AskedCluster,
  target: AskedCluster,
  clock: Clock,
): Promise<Finding[]> {
  const { groups, topics: wanted } = options
  const facts = { source: source.facts, target: target.facts }
  const isSelected = groups.synchronise ? compileGroupPatterns(groups.include, groups.exclude).matches : undefined
  const [{ allowed, topics }, onSource, onTarget] = await Promise.all([
    askTopics(options, source, target, clock),
    askGroups(source, clock),
    askGroups(target, clock),
  ])
  const names = onSource.groups.map(({ group }) => group).filter(group => isSelected?.(group))
  const [{ endangered, times }, ofSource, ofTarget] = await Promise.all([
    askTimes(options, source, target, topics, clock),
    allowedOnGroups(source, names),
    allowedOnGroups(target, names),
  ])
  const { copyAccessControlLists, copyConfigurations } = wanted
  const rights = { copyAccessControlLists, copyConfigurations, synchroniseGroups: groups.synchronise }
  const now = clock.now()
  return [
    ...checkRights(facts.source, rights, [...allowed.source, ...ofSource]),
    ...checkRights(facts.target, rights, [...allowed.target, ...ofTarget]),
    ...(source.nodes.length === 0 ? [] : checkTopics(topics, facts, copyConfigurations)),
    ...checkTimestamps(topics, times, facts.target, now),
    ...checkGroups(isSelected, { facts: facts.source, groups: onSource }, { facts: facts.target, groups: onTarget }),
    ...checkClocks(facts.source, times, now),
    ...checkRetention(topics, endangered, facts.source),
  ]
}

function nameOf({ facts }: AskedCluster): DoctorReport['source'] {
  return { alias: facts.alias, clusterId: facts.metadata.value?.clusterId ?? null }
}
