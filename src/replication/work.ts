import type { Clock } from '../clock.js'
import type { UserError } from '../errors.js'
import type { EventListener } from '../events.js'
import type { GroupSync } from '../groups/group-sync.js'
import { compilePatterns } from '../policy/topic-patterns.js'
import type { InstanceNote } from '../progress/notes.js'
import { TopicOrigins } from '../provenance/topic-origins.js'
import { MERGE_BUFFER_BYTES } from '../records/batch-rewriter.js'
import { BufferPool } from '../records/buffer-pool.js'
import { CodecShelf } from '../records/codec-shelf.js'
import { ANSWER_BYTES } from '../records/source-reader.js'
import { SourceReaders } from '../records/source-readers.js'
import { TargetWriters } from '../records/target-writers.js'
import { TopicSync } from '../topics/topic-sync.js'
import { CopiedTopics } from './copied-topics.js'
import { CopySupervisor } from './copy-supervisor.js'
import { mustStandDown } from './instance.js'
import { NoteKeeper } from './note-keeper.js'
import type { OpenClusters } from './open-clusters.js'
import { openGroups } from './open-groups.js'
import { type OpenProgress, openProgress } from './open-progress.js'
import type { ReplicatorOptions } from './replicator-options.js'

/**
 * Bytes fetched and not yet acknowledged: ANSWER_BYTES × 8 = 34 MiB at most. 16 MiB are enough for full speed
 * (measured); the rest is for partitions that wait, so that the others need not.
 */
const POOL_BUFFERS = 8
/** Merged batches in flight: five requests of four each on two connections, 11 MiB; beyond, they are made anew. */
const MERGE_BUFFERS = 40

/** The parts of a replicator that has reached its clusters. */
export interface Work extends OpenProgress {
  clusters: OpenClusters
  notes: NoteKeeper
  topics: CopiedTopics
  supervisor: CopySupervisor
  readers: SourceReaders
  writers: TargetWriters
  /** Undefined where no consumer group is selected. */
  groups: GroupSync | undefined
  /** Makes them where groups are selected by now. */
  openGroups: () => GroupSync | undefined
}

/** What the parts need of the replicator. */
export interface WorkContext {
  clock: Clock
  emit: EventListener
  /** Nothing may go on. */
  endFor: (error: UserError) => void
  /** Another instance has more right to run. */
  standDown: (other: InstanceNote) => void
  /** Whether this instance may move offsets of groups at this moment (`groups/group-writer.ts`). */
  mayWrite: () => boolean
}

/** Takes over what earlier lives have noted and puts the parts together. Throws as `openProgress` does. */
export async function assembleWork(
  options: ReplicatorOptions,
  clusters: OpenClusters,
  context: WorkContext,
): Promise<Work> {
  const { clock, emit, endFor } = context
  const { compression } = options
  const progress = await openProgress(options, clusters, clock)
  const { store, origins, producers } = progress
  const codecs = new CodecShelf()
  await codecs.load(compression === 'PRESERVE' ? ['NONE'] : ['NONE', compression])
  const now = () => clock.now()
  const rules = { compression, codecs, origins, now, mergePool: new BufferPool(MERGE_BUFFER_BYTES, MERGE_BUFFERS) }
  const supervisor = new CopySupervisor(clusters, options.obstacles, clock, emit, endFor)
  const writers = new TargetWriters(clusters.target.cluster, clock)
  const pool = new BufferPool(ANSWER_BYTES, POOL_BUFFERS)
  const readers = new SourceReaders(clusters.source, pool, clock, copies => writers.send(copies))
  const topics = new CopiedTopics(
    options,
    rules,
    topicSync(options, clusters, progress, context),
    store,
    supervisor,
    emit,
  )
  supervisor.begin({
    ...{ codecs, origins, producers, readers, writers, store },
    isReplaced: async () => {
      const other = mustStandDown(progress.instance, await store.newStatuses())
      if (other !== undefined) context.standDown(other)
      return other !== undefined
    },
  })
  const notes = new NoteKeeper(progress, clusters, options, clock)
  const open = () => openGroups(options, clusters, progress, topics, context)
  return { ...progress, notes, clusters, topics, supervisor, readers, writers, groups: open(), openGroups: open }
}

/** Closes what `assembleWork` has put together; what was noted before stays. */
export async function closeWork({ writers, groups, store, registries, clusters }: Work): Promise<void> {
  await writers.close()
  groups?.close()
  store.close()
  registries.source.close()
  registries.target.close()
  await clusters.close()
}

function topicSync(
  { id, topics: selection }: ReplicatorOptions,
  clusters: OpenClusters,
  { registries, store }: OpenProgress,
  { clock, emit }: WorkContext,
): TopicSync {
  const { include, exclude, naming, copyConfigurations, copyAccessControlLists } = selection
  const ids = {
    sourceId: clusters.source.cluster.clusterId,
    targetId: clusters.target.cluster.clusterId,
    targetAlias: clusters.target.cluster.alias,
  }
  const origins = new TopicOrigins(registries, ids, id, naming === 'prefixed')
  // Rules that a runbook could not remove are to stay where they are, too.
  const fencedTopics = () => [...(store.control?.fencedTopics ?? []), ...(store.control?.deniedTopics ?? [])]
  const rounds = { naming, copyConfigurations, copyAccessControlLists, fencedTopics }
  return new TopicSync(clusters, origins, compilePatterns(include, exclude), rounds, clock, emit)
}
