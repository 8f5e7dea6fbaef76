import { type Clock, withinTime } from '../clock.js'
import { askOffsets, type OffsetAnswers } from '../clusters/ask-offsets.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import { messageOf } from '../errors.js'
import type { GapNote, StatusNote } from '../progress/notes.js'
import { ProgressStore } from '../progress/progress-store.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import type { StoredNotes } from '../progress/stored-notes.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../wire/messages/list-offsets.js'
import type { TopicMetadata } from '../wire/messages/metadata.js'
import { gapOffsets } from './gaps.js'
import { judgePartition } from './judge-partition.js'
import { closeSide, openSide } from './open-clusters.js'
import { ARRIVES_WITHIN_MS, type GroupOffsets, GroupOffsetsReader } from './read-group-offsets.js'
import { groupsUnknown, readStoredGroups } from './read-stored-groups.js'
import type { ReplicatorOptions } from './replicator-options.js'
import { readAbsentTopics, readSourceTopics, type StatusPair, selectPairs } from './status-pairs.js'
import type { StoredGroups } from './stored-groups.js'
import {
  type StoredGap,
  type StoredPartition,
  type StoredRunState,
  type StoredStatus,
  totalsOf,
  verdictOf,
} from './stored-status.js'

/** A healthy cluster answers in a fraction of it; who looks at a status does not want to wait longer. */
const ANSWER_MS = 5_000

/** A cluster's answer, or why there is none. */
type Asked<Value> = { value: Value; problem: null } | { value: undefined; problem: string }

interface Offsets {
  starts: OffsetAnswers
  stableEnds: OffsetAnswers
  highWatermarks: OffsetAnswers
  targetEnds: OffsetAnswers
}

/**
 * Reads how a replicator stands, without its engine: its notes on the target, and the offsets of both clusters. Changes
 * nothing. Read as often as wanted, then close.
 */
export class StoredStatusReader {
  private readonly options: ReplicatorOptions
  /** Milliseconds after which an engine that said it runs counts as silent. */
  private readonly heartbeatFreshMs: number
  private readonly clock: Clock
  private readonly source: ClusterSide
  private readonly target: ClusterSide
  private readonly groups: GroupOffsetsReader

  constructor(options: ReplicatorOptions, heartbeatFreshMs: number, clock: Clock) {
    this.options = options
    this.heartbeatFreshMs = heartbeatFreshMs
    this.clock = clock
    this.source = openSide(options.source, clock)
    this.target = openSide(options.target, clock)
    this.groups = new GroupOffsetsReader(options, { source: this.source, target: this.target }, clock)
  }

  /**
   * Takes 20 s at most, twice that where groups move; what has not answered by then is unknown and says so. Never rejects.
   */
  async read(): Promise<StoredStatus> {
    const status = await this.readOnce()
    if (status.state !== 'running' || !moves(status.groups)) return status
    // What was committed a moment ago had no time to arrive, or to be noted.
    await this.clock.sleep(ARRIVES_WITHIN_MS)
    return this.readOnce()
  }

  private async readOnce(): Promise<StoredStatus> {
    const groupOffsets = await this.readGroupOffsets()
    const [source, target] = await Promise.all([
      this.ask(this.source, () => readSourceTopics(this.source, this.options, this.clock)),
      this.ask(this.target, () => this.readNotes()),
    ])
    const notes = target.value?.store
    const { pairs, goneFromSource, sourceProblem, targetProblem } = await this.findTopics(source, target)
    const offsets = await this.readOffsets(pairs, sourceProblem === null, targetProblem === null)
    const now = this.clock.now()
    const run = runStateOf(target.value, now, this.heartbeatFreshMs)
    const topics = pairs.map(pair => ({
      sourceTopic: pair.sourceTopic,
      targetTopic: pair.targetTopic,
      partitions: pair.partitions.map(partition =>
        this.judged(pair, partition, { notes: target.value, offsets, isRunning: run.state === 'running' }),
      ),
    }))
    const gaps = (notes?.gaps ?? []).toSorted((a, b) => b.at - a.at).map(storedGap)
    const status = {
      replicatorName: this.options.name,
      at: new Date(now).toISOString(),
      ...run,
      stoppedBy: stoppedByOf(notes),
      controlHeard: notes?.control === undefined || notes.status?.controlAt === notes.control.at,
      deniedTopics: [...(notes?.control?.deniedTopics ?? [])],
      source: { alias: this.options.source.alias, problem: sourceProblem },
      target: { alias: this.options.target.alias, problem: targetProblem },
      topics,
      groups: await this.readGroups(groupOffsets, notes, pairs, offsets),
      goneFromSource,
      gaps,
      totals: totalsOf(topics, gaps, target.problem === null),
    }
    return { ...status, verdict: verdictOf(status) }
  }

  /** Does not wait for connections that are still being tried. */
  close(): void {
    this.groups.close()
    for (const side of [this.source, this.target]) void closeSide(side)
  }

  private async ask<Value>({ cluster }: ClusterSide, question: () => Promise<Value>): Promise<Asked<Value>> {
    try {
      const asking = cluster.connect().then(async () => ({ value: await question(), problem: null }))
      const answer = await withinTime(asking, ANSWER_MS, this.clock)
      const { alias, bootstrapBrokers } = cluster.options
      const where = bootstrapBrokers.join(', ')
      const problem = `Cluster ${alias} did not answer within ${ANSWER_MS / 1000} s at ${where}.`
      return answer ?? { value: undefined, problem }
    } catch (error) {
      return { value: undefined, problem: messageOf(error) }
    }
  }

  /** Undefined where no groups are synchronised. */
  private async readGroupOffsets(): Promise<Asked<GroupOffsets> | undefined> {
    if (groupsUnknown(this.options, null).mode === 'off') return undefined
    return this.ask(this.source, () => this.target.cluster.connect().then(() => this.groups.read()))
  }

  private async readGroups(
    asked: Asked<GroupOffsets> | undefined,
    notes: StoredNotes | undefined,
    pairs: readonly StatusPair[],
    { stableEnds }: Offsets,
  ): Promise<StoredGroups> {
    if (asked?.value === undefined) return groupsUnknown(this.options, asked?.problem ?? null, notes)
    const sourceEndOf = (topic: string, partition: number) => offsetOf(stableEnds({ topic, partition }))
    const { options, target, clock } = this
    const offsets = asked.value
    return readStoredGroups({ options, offsets, notes, pairs, sourceEndOf, target, answerMs: ANSWER_MS }, clock)
  }

  private async readNotes(): Promise<Notes> {
    const topic = new StateTopic(stateTopicName(this.options.id), this.target, this.clock)
    if (!(await topic.exists())) return { store: undefined }
    const store = new ProgressStore(topic)
    await store.load()
    return { store }
  }

  /** Which topics there are, on both sides, with their leaders. */
  private async findTopics(source: Asked<TopicMetadata[]>, target: Asked<Notes>) {
    const { options } = this
    const notes = target.value?.store
    const absent =
      source.problem === null
        ? await this.ask(this.source, () => readAbsentTopics(this.source, source.value, options, notes))
        : source
    if (source.problem === null) this.source.leaders.learn(source.value)
    const selected = selectPairs(options, source.value, absent.value, notes)
    const names = selected.pairs.map(({ targetTopic }) => targetTopic)
    const found = target.problem === null ? await this.ask(this.target, () => this.learnTargets(names)) : target
    return { ...selected, sourceProblem: absent.problem, targetProblem: found.problem }
  }

  private async learnTargets(names: string[]): Promise<void> {
    if (names.length > 0) this.target.leaders.learn((await this.target.cluster.metadata(names)).topics)
  }

  private async readOffsets(pairs: readonly StatusPair[], askSource: boolean, askTarget: boolean): Promise<Offsets> {
    const rows = pairs.flatMap(pair => pair.partitions.map(partition => ({ ...pair, partition })))
    const ofSource = rows.map(({ sourceTopic: topic, partition }) => ({ topic, partition }))
    const ofTarget = rows
      .map(({ targetTopic: topic, partition }) => ({ topic, partition }))
      .filter(({ topic }) => this.target.leaders.topic(topic) !== undefined)
    const ask = (side: ClusterSide, isolation: 'read_committed' | 'read_uncommitted', timestamp: number) => {
      const answers = side === this.source ? askSource : askTarget
      const asked = answers ? (side === this.source ? ofSource : ofTarget) : []
      return askOffsets(side, asked, { isolation, timestamp, timeoutMs: ANSWER_MS }, this.clock)
    }
    const [starts, stableEnds, highWatermarks, targetEnds] = await Promise.all([
      ask(this.source, 'read_uncommitted', EARLIEST_TIMESTAMP),
      ask(this.source, 'read_committed', LATEST_TIMESTAMP),
      ask(this.source, 'read_uncommitted', LATEST_TIMESTAMP),
      ask(this.target, 'read_uncommitted', LATEST_TIMESTAMP),
    ])
    return { starts, stableEnds, highWatermarks, targetEnds }
  }

  private judged(
    { sourceTopic, targetTopic, sourceTopicId }: StatusPair,
    partition: number,
    { notes, offsets, isRunning }: { notes: Notes | undefined; offsets: Offsets; isRunning: boolean },
  ): StoredPartition {
    const source = { topic: sourceTopic, partition }
    const stableEnd = offsets.stableEnds(source)
    const targetEnd = offsets.targetEnds({ topic: targetTopic, partition })
    const { leaders } = this.target
    const targetTopicId = leaders.isGone(targetTopic) ? 'none' : leaders.topic(targetTopic)?.topicId
    const gaps = notes === undefined ? undefined : (notes.store?.gapsOf(sourceTopic, partition) ?? [])
    const judged = judgePartition({
      ...{ sourceTopic, targetTopic, partition, isRunning },
      note: notes === undefined ? 'unknown' : (notes.store?.partition(sourceTopic, partition) ?? 'none'),
      source: {
        topicId: sourceTopicId,
        start: offsetOf(offsets.starts(source)),
        stableEnd: offsetOf(stableEnd),
        highWatermark: offsetOf(offsets.highWatermarks(source)),
        problem: problemOf(stableEnd, 'the source'),
      },
      target: {
        topicId: targetTopicId,
        highWatermark: offsetOf(targetEnd),
        problem: problemOf(targetEnd, 'the target'),
      },
    })
    return { ...judged, gapOffsets: gaps?.reduce((sum, gap) => sum + gapOffsets(gap), 0) ?? null }
  }
}

/** Whether offsets are on their way, as far as can be told by one look. */
function moves({ groups }: StoredGroups): boolean {
  const moving = ['syncing', 'waiting-for-copy']
  return groups.some(({ topics }) => topics.some(({ state }) => moving.includes(state)))
}

/** What a replicator has noted; no store where it never ran. */
interface Notes {
  store: ProgressStore | undefined
}

function stoppedByOf(notes: StoredNotes | undefined): StoredStatus['stoppedBy'] {
  const control = notes?.control
  return control?.copying === 'stopped' ? { by: control.by, at: new Date(control.at).toISOString() } : null
}

function offsetOf(answer: ReturnType<OffsetAnswers>): number | null {
  return 'offset' in answer ? answer.offset : null
}

function problemOf(answer: ReturnType<OffsetAnswers>, side: string): string | null {
  return 'problem' in answer ? `${side} does not say where it ends: ${answer.problem}` : null
}

function storedGap({ kind, sourceTopic, partition, from, to, reason, at }: GapNote): StoredGap {
  return { kind, sourceTopic, partition, from, to, offsets: to - from, reason, at: new Date(at).toISOString() }
}

function runStateOf(notes: Notes | undefined, now: number, freshMs: number) {
  const note = notes?.store?.status
  if (note === undefined) {
    const state: StoredRunState = notes === undefined ? 'unknown' : 'never-ran'
    return { state, stateReason: null, heartbeatAgeMs: null, instance: null }
  }
  // The clock of the other machine may be ahead.
  const heartbeatAgeMs = Math.max(0, now - note.at)
  const { host, processId, startedAt } = note.instance
  return {
    state: stateOf(note, heartbeatAgeMs > freshMs),
    stateReason: note.reason ?? null,
    heartbeatAgeMs,
    instance: { host, processId, startedAt: new Date(startedAt).toISOString() },
  }
}

function stateOf({ state }: StatusNote, isOld: boolean): StoredRunState {
  return state === 'running' && isOld ? 'silent' : state
}
