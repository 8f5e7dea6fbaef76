import { type Clock, systemClock } from '../clock.js'
import { ExitCode, messageOf, type UserError } from '../errors.js'
import type { EventListener, ReplicationEvent } from '../events.js'
import type { InstanceNote } from '../progress/notes.js'
import { AccessError } from '../wire/kafka-errors.js'
import type { CopiedTopics } from './copied-topics.js'
import { describeClusters } from './describe-clusters.js'
import { endWork } from './end-work.js'
import { describeInstance, SILENCE_MS, STATUS_INTERVAL_MS } from './instance.js'
import { openClusters } from './open-clusters.js'
import { stoppedByOperator } from './open-progress.js'
import { repeat } from './repeat.js'
import type { ReplicatorOptions } from './replicator-options.js'
import { RetentionWatch } from './retention-watch.js'
import type { ReplicatorRunState, ReplicatorSnapshot } from './snapshot.js'
import { tellAccess } from './tell-access.js'
import { describeSelection, updateSelection } from './update-selection.js'
import { assembleWork, closeWork, type Work } from './work.js'

/** MSK Replicator finds new topics and partitions within 30 s; so do we. */
const DISCOVERY_INTERVAL_MS = 30_000
/** How much is copied again, at most, before the target is asked: a kill loses no more than this of our notes. */
const NOTE_INTERVAL_MS = 1_000
/** Whoever asks something of it waits for the answer with the applications stopped (a failover that freezes groups). */
const HEAR_INTERVAL_MS = 1_000
/** A commit on the source is on the target within 2 s; most of that is this pause and that of the counterpart's notes. */
const GROUP_INTERVAL_MS = 500
/** Retention is hours or days; half a minute is known well enough, and a topic's settings seldom change. */
const RETENTION_INTERVAL_MS = 30_000

/** How a replicator came to its end. */
export interface ReplicatorEnd {
  exitCode: ExitCode
  reason: string | undefined
}

/**
 * Copies the selected topics of one cluster to another, until it is stopped or nothing is left that may be copied.
 * `start` once, `stop` once; listen with `onEvent`, look with `snapshot`.
 */
export class Replicator {
  readonly options: ReplicatorOptions
  /** Resolves once, when it has come to its end by itself or after `stop`. */
  readonly ended: Promise<ReplicatorEnd>
  private readonly clock: Clock
  private readonly open: typeof openClusters
  private readonly listeners: EventListener[] = []
  private readonly stopping = new AbortController()
  private readonly resolveEnd: (end: ReplicatorEnd) => void
  private starting: Promise<void> | undefined
  private loops: Promise<void>[] = []
  private groupLoop: Promise<void> = Promise.resolve()
  private work: Work | undefined
  private topics: CopiedTopics | undefined
  private readonly retention: RetentionWatch
  private state: ReplicatorRunState = 'starting'
  private reason: string | undefined
  private readonly startedAt: number
  private stopped: Promise<void> | undefined
  private stoodDown = false
  /** When it last wrote a note. */
  private lastSign = 0
  /** When it was last spoken to, as far as it has heard. */
  private heard: number | undefined
  /** Aborts when it is to look for topics at once. */
  private hurry = new AbortController()

  /** `open` reaches the clusters: real ones, or in a simulation those that live in memory. */
  constructor(options: ReplicatorOptions, clock: Clock = systemClock, open: typeof openClusters = openClusters) {
    // Its own: an update changes what is in it.
    this.options = { ...options }
    this.clock = clock
    this.open = open
    this.startedAt = clock.now()
    this.retention = new RetentionWatch(clock)
    let resolveEnd: (end: ReplicatorEnd) => void = () => {}
    this.ended = new Promise(resolve => {
      resolveEnd = resolve
    })
    this.resolveEnd = resolveEnd
  }

  onEvent(listener: EventListener): void {
    this.listeners.push(listener)
  }

  /**
   * Connects both clusters, takes over what earlier lives have noted and begins to copy. Resolves when the first
   * topics are found. Throws UserError when a cluster does not answer or is not the one that was meant.
   */
  start(): Promise<void> {
    this.starting = this.connectAndBegin()
    return this.starting
  }

  private async connectAndBegin(): Promise<void> {
    const clusters = await this.open(this.options, this.clock)
    tellAccess(clusters, this.emit)
    try {
      this.work = await assembleWork(this.options, clusters, {
        clock: this.clock,
        emit: this.emit,
        endFor: error => this.endFor(error),
        standDown: other => this.standDown(other),
        mayWrite: () => !this.stoodDown && this.clock.monotonic() - this.lastSign <= SILENCE_MS,
      })
      this.topics = this.work.topics
      this.heard = this.work.store.control?.at
      await this.topics.discover()
    } catch (error) {
      await this.work?.supervisor.stop()
      this.work?.readers.stop()
      await this.work?.notes.noteEnd('failed', messageOf(error)).catch(() => {}) // the first error tells more
      await (this.work ? this.close(this.work) : clusters.close())
      throw error
    }
    if (this.stopping.signal.aborted) return // asked to stop meanwhile: `stop` waits for this and closes
    this.state = 'running'
    this.lastSign = this.clock.monotonic()
    this.tell(
      'replicator-started',
      'info',
      `copying ${clusters.source.cluster.alias} → ${clusters.target.cluster.alias}`,
    )
    this.loops = [
      this.every(NOTE_INTERVAL_MS, work => this.noteProgress(work)),
      this.every(STATUS_INTERVAL_MS, work => this.noteRunning(work)),
      this.every(HEAR_INTERVAL_MS, work => this.hear(work)),
      this.every(
        DISCOVERY_INTERVAL_MS,
        work => this.discover(work),
        () => this.hurry.signal,
      ),
      this.every(RETENTION_INTERVAL_MS, work =>
        this.retention.look(work.clusters.source.cluster, work.topics.snapshot()),
      ),
    ]
    this.groupLoop = this.every(GROUP_INTERVAL_MS, async work => work.groups?.round())
  }

  /** Stops reading, waits for what is in flight (10 s at most), notes the progress and closes. Safe to call twice. */
  stop(end: ReplicatorEnd = { exitCode: ExitCode.Done, reason: undefined }): Promise<void> {
    this.stopped ??= this.drainAndClose(end)
    return this.stopped
  }

  /** Goes by another selection from now on, without a stop (`updateSelection`); nothing happens while it does not run. */
  async update({ topics, groups }: Pick<ReplicatorOptions, 'topics' | 'groups'>): Promise<void> {
    const { work } = this
    if (work === undefined || this.stopping.signal.aborted) return
    await updateSelection(Object.assign(this.options, { topics, groups }), work, this.clock, this.stopping.signal)
    this.tell('replicator-updated', 'info', describeSelection(this.options))
  }

  snapshot(): ReplicatorSnapshot {
    const topics = this.retention.with(this.topics?.snapshot() ?? [])
    const all = topics.flatMap(topic => topic.partitions)
    return {
      replicatorName: this.options.name,
      state: this.state,
      reason: this.reason,
      at: this.clock.now(),
      startedAt: this.startedAt,
      topics,
      groups: this.work?.groups?.snapshot(),
      clusters: this.work === undefined ? [] : describeClusters(this.work.clusters),
      recordsCopied: all.reduce((sum, partition) => sum + partition.recordsCopied, 0),
      bytesCopied: all.reduce((sum, partition) => sum + partition.bytesCopied, 0),
    }
  }

  private async discover({ topics }: Work): Promise<void> {
    this.hurry = new AbortController() // whatever is heard from here on makes another round
    await topics.discover()
  }

  private async noteProgress(work: Work): Promise<void> {
    // It may have been suspended, and another one may have taken over: then the notes are that one's.
    if (this.clock.monotonic() - this.lastSign > SILENCE_MS) await this.noteRunning(work)
    if (this.stoodDown) return
    await work.notes.noteProgress(work.topics)
    this.lastSign = this.clock.monotonic()
    this.endIfAllHeld(work.topics)
  }

  /** Says that it runs, and stands down where another instance says so too and has more right to. */
  private async noteRunning(work: Work): Promise<void> {
    const other = await work.notes.noteRunning()
    this.lastSign = this.clock.monotonic()
    this.obey(work, other)
  }

  /** Does not count as a sign of life: that is `noteRunning`, by which a suspended one learns whether it may go on. */
  private async hear(work: Work): Promise<void> {
    this.obey(work, await work.notes.hear(() => work.groups?.isWriting ?? false))
  }

  /** Ends where nothing is to be copied any more, or another instance has more right to. */
  private obey({ store }: Work, other: InstanceNote | undefined): void {
    const { control } = store
    const isStopped = control?.copying === 'stopped' && !this.options.resumeCopying
    if (isStopped) this.endFor(stoppedByOperator(this.options.name, control))
    if (other !== undefined) this.standDown(other)
    // Who speaks to it may have made a topic, and waits for it.
    if (control?.at !== this.heard) this.hurry.abort()
    this.heard = control?.at
  }

  private standDown(other: InstanceNote): void {
    if (this.stopped) return
    this.stoodDown = true
    const reason = `another instance of this replicator was started (${describeInstance(other)}); this one stands down, nothing is copied twice`
    void this.stop({ exitCode: ExitCode.Protected, reason })
  }

  private endFor(error: UserError): void {
    void this.stop({ exitCode: error.exitCode, reason: [error.message, error.fix].join(' ') })
  }

  /** Exit 5 when nothing is left to do. */
  private endIfAllHeld(topics: CopiedTopics): void {
    if (this.stopped || !topics.every(copy => copy.isOver && copy.isIdle)) return
    const held = [...topics.partitions()].filter(copy => copy.isHeld)
    if (held.length === 0) return
    const reason = `all ${held.length} partitions are held to protect the data: ${held[0]?.snapshot().reason}`
    void this.stop({ exitCode: ExitCode.Protected, reason })
  }

  /** `sooner` ends the pause before the next one. */
  private every(intervalMs: number, job: (work: Work) => Promise<void>, sooner?: () => AbortSignal): Promise<void> {
    const onTrouble = (error: unknown) => {
      // Who does not let us in is told by `tellAccess`.
      if (error instanceof AccessError) return
      this.tell('cluster-unreachable', 'warn', `${messageOf(error)}; it tries again`)
    }
    const run = async () => {
      if (this.work) await job(this.work)
    }
    return repeat(run, { intervalMs, clock: this.clock, stopping: this.stopping.signal, sooner, onTrouble })
  }

  private async drainAndClose(end: ReplicatorEnd): Promise<void> {
    this.state = 'draining'
    this.stopping.abort()
    this.hurry.abort()
    await Promise.allSettled([this.starting]) // its failure is told to whoever called `start`
    const { work } = this
    if (work) {
      const { loops, groupLoop, clock, tell } = this
      await endWork(work, { ...end, loops, groupLoop, isReplaced: () => this.stoodDown, clock, tell })
      await this.close(work)
    }
    this.state = 'stopped'
    this.reason = end.reason
    this.tell('replicator-stopped', end.exitCode === ExitCode.Done ? 'info' : 'error', end.reason ?? 'stopped')
    this.resolveEnd(end)
  }

  private async close(work: Work): Promise<void> {
    this.work = undefined
    await closeWork(work)
  }

  private readonly tell = (code: ReplicationEvent['code'], level: ReplicationEvent['level'], message: string): void => {
    this.emit({ code, level, message, data: { replicatorName: this.options.name } })
  }

  private readonly emit: EventListener = event => {
    for (const listener of this.listeners) listener(event)
  }
}
