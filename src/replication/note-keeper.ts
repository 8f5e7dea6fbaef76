import type { Clock } from '../clock.js'
import { isSelectionOf } from '../policy/earlier-selection.js'
import type { InstanceNote, StatusNote } from '../progress/notes.js'
import type { CopiedTopics } from './copied-topics.js'
import { mustStandDown } from './instance.js'
import type { OpenClusters } from './open-clusters.js'
import { noteReplicator, type OpenProgress } from './open-progress.js'
import { rowOf } from './partition-rows.js'
import type { ReplicatorOptions } from './replicator-options.js'

/** Writes down for later lives, and for those who look from outside, what a running engine knows. */
export class NoteKeeper {
  private readonly progress: Pick<OpenProgress, 'store' | 'instance' | 'registries'>
  private readonly clusters: OpenClusters
  private readonly options: ReplicatorOptions
  private readonly clock: Clock
  /** The `at` of what was asked of this engine last, once it holds. */
  private heardAt: number | undefined

  constructor(
    progress: Pick<OpenProgress, 'store' | 'instance' | 'registries'>,
    clusters: OpenClusters,
    options: ReplicatorOptions,
    clock: Clock,
  ) {
    this.progress = progress
    this.clusters = clusters
    this.options = options
    this.clock = clock
  }

  /** Whatever has moved since the last time. Throws what the target refuses; it is noted with the next call then. */
  async noteProgress(topics: CopiedTopics): Promise<void> {
    const { store, registries } = this.progress
    const changed = []
    for (const copy of topics.partitions()) {
      const toNote = copy.progress.takeChanged()
      if (toNote !== undefined) changed.push({ copy, toNote, row: rowOf(copy, toNote) })
    }
    try {
      if (changed.length > 0) await store.savePartitions(changed.map(({ row }) => row))
    } catch (error) {
      for (const { copy } of changed) copy.progress.markChanged()
      throw error
    }
    for (const { copy, toNote } of changed) copy.progress.stored(toNote)
    await noteReplicator(store, { registries, clusters: this.clusters, options: this.options })
    await this.noteFirstDiscovery(topics)
  }

  /** Says that it runs. Answers another instance that says so too and has more right to. */
  async noteRunning(): Promise<InstanceNote | undefined> {
    const others = await this.noteStatus('running')
    return mustStandDown(this.progress.instance, others)
  }

  /**
   * Looks whether something was asked of the engine, and says so once it holds: groups are not frozen while an offset is
   * still on its way (`isWriting`). Answers as `noteRunning`, for another instance may have said so meanwhile.
   */
  async hear(isWriting: () => boolean): Promise<InstanceNote | undefined> {
    const { store, instance } = this.progress
    const other = (await store.hasNews()) ? mustStandDown(instance, await store.newStatuses()) : undefined
    const { control } = store
    if (other !== undefined || control === undefined || control.at === this.heardAt) return other
    if (control.groupSync === 'frozen' && isWriting()) return undefined
    this.heardAt = control.at
    return await this.noteRunning()
  }

  /** Says that it has ended, and why, unless another one has taken over meanwhile: then the status is that one's. */
  async noteEnd(state: 'stopped' | 'failed', reason: string | undefined): Promise<void> {
    const { store, instance } = this.progress
    if (mustStandDown(instance, await store.newStatuses()) === undefined) await this.noteStatus(state, reason)
  }

  private noteStatus(state: StatusNote['state'], reason?: string): Promise<StatusNote[]> {
    const { store, instance } = this.progress
    const heard = this.heardAt === undefined ? {} : { controlAt: this.heardAt }
    return store.saveStatus({ state, at: this.clock.now(), ...heard, instance, ...(reason ? { reason } : {}) })
  }

  /** Only when every topic of a selection's first discovery has its start noted is a later topic a new one. */
  private async noteFirstDiscovery(topics: CopiedTopics): Promise<void> {
    const { store } = this.progress
    const { discoveredBy } = topics
    if (discoveredBy === undefined || isSelectionOf(store.discovered, discoveredBy)) return
    if (!topics.every(copy => copy.progress.hasBegun || copy.isOver)) return
    const { include, exclude } = discoveredBy
    await store.saveDiscovered({ at: this.clock.now(), include, exclude })
  }
}
