import type { Clock } from '../clock.js'
import { ExitCode, messageOf, UserError } from '../errors.js'
import type { InstanceNote, ReplicatorNote } from '../progress/notes.js'
import { ProgressStore } from '../progress/progress-store.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import { Origins } from '../provenance/origins.js'
import { PathProducers } from '../provenance/path-producers.js'
import { ProvenanceRegistry } from '../provenance/provenance-registry.js'
import { reclaimFromNotes } from '../provenance/reclaim-from-notes.js'
import { takeOver } from './instance.js'
import type { OpenClusters } from './open-clusters.js'
import type { ReplicatorOptions } from './replicator-options.js'

/** What earlier lives have left, and what says where records come from. */
export interface OpenProgress {
  store: ProgressStore
  instance: InstanceNote
  registries: { source: ProvenanceRegistry; target: ProvenanceRegistry }
  producers: PathProducers
  origins: Origins
}

/**
 * Opens the notes of a replicator on its target and the registries of provenance on both sides. Throws UserError (5)
 * where another instance runs, or what was noted before is gone: going on then could copy twice or in a circle.
 */
export async function openProgress(
  options: ReplicatorOptions,
  clusters: OpenClusters,
  clock: Clock,
): Promise<OpenProgress> {
  const topic = new StateTopic(stateTopicName(options.id), clusters.target, clock)
  const registries = {
    source: new ProvenanceRegistry(clusters.source, clock),
    target: new ProvenanceRegistry(clusters.target, clock),
  }
  await topic.ensure(clusters.target.admin)
  const store = new ProgressStore(topic)
  await store.load()
  const instance = await takeOver(store, clock)
  try {
    const noted = store.replicator
    await openRegistries(registries, noted, options, clusters, clock)
    if (noted === undefined && !options.startOver) refuseLostNotes(options, registries.target, clusters)
    await noteReplicator(store, { registries, clusters, options })
    const producers = new PathProducers(store, registries.target, clusters.target, options.id, clock)
    await producers.claimAll()
    const clusterIds = { source: clusters.source.cluster.clusterId, target: clusters.target.cluster.clusterId }
    const origins = new Origins(registries.source, producers, clusterIds)
    await origins.begin()
    return { store, instance, registries, producers, origins }
  } catch (error) {
    const status = { state: 'failed', at: clock.now(), instance, reason: messageOf(error) } as const
    await store.saveStatus(status).catch(() => {}) // the first error tells more
    throw error
  }
}

/** Notes what the replicator relies on, where that has changed. */
export async function noteReplicator(
  store: ProgressStore,
  {
    registries: { source, target },
    clusters,
    options,
  }: { registries: OpenProgress['registries']; clusters: OpenClusters; options: ReplicatorOptions },
): Promise<void> {
  const note: ReplicatorNote = {
    sourceClusterId: clusters.source.cluster.clusterId,
    naming: options.topics.naming,
    ...(options.groups.synchronise ? { groupSync: options.groups.mode } : {}),
    sourceRegistry: source.topicId,
    targetRegistry: target.topicId as string,
  }
  const noted = store.replicator
  const same = noted?.sourceRegistry === note.sourceRegistry && noted.targetRegistry === note.targetRegistry
  const isAsNoted = same && noted.naming === note.naming && noted.groupSync === note.groupSync && !noted.isDeleted
  if (!isAsNoted) await store.saveReplicator(note)
}

async function openRegistries(
  { source, target }: OpenProgress['registries'],
  noted: ReplicatorNote | undefined,
  options: ReplicatorOptions,
  clusters: OpenClusters,
  clock: Clock,
): Promise<void> {
  if (options.repairProvenance) {
    await Promise.all([source.trustAnew(), target.trustAnew()])
    await reclaimFromNotes(clusters.source, source, clock)
    await reclaimFromNotes(clusters.target, target, clock)
  } else {
    await source.open(noted?.sourceRegistry)
    await target.open(noted?.targetRegistry)
  }
  await target.ensure()
}

/** The registry remembers a replicator by its id, also when its notes are deleted. */
function refuseLostNotes(
  { id, name }: ReplicatorOptions,
  registry: ProvenanceRegistry,
  { target }: OpenClusters,
): void {
  if (!registry.knowsReplicator(id)) return
  throw new UserError(
    `Replicator ${name} has written to ${target.cluster.alias} before, but its notes (topic ${stateTopicName(id)}) are gone: it would copy everything a second time.`,
    {
      exitCode: ExitCode.Protected,
      fix: 'Start it once with --start-over if a second copy is what you want (for example after emptying the target topics), or with StartingPosition LATEST under a new name.',
    },
  )
}
