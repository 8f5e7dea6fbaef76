import type { Cluster } from '../clusters/cluster.js'
import { batchesOf, readAnswers, readLog } from '../clusters/read-log.js'
import { type Alignment, alignCrossed, type CrossedRecord, type SourceRecord } from '../policy/align-crossed.js'
import type { Progress, TargetTail } from '../policy/resume-decision.js'
import type { Origins } from '../provenance/origins.js'
import { assertNoError, Code, KafkaError } from '../wire/kafka-errors.js'
import { LATEST_TIMESTAMP, listOffsets } from '../wire/messages/list-offsets.js'
import { LARGEST_SEQUENCE_DISTANCE, type RecordBatch, sequenceAfter, sequenceDistance } from '../wire/record-batch.js'
import { AbortedTransactions } from './aborted-transactions.js'
import type { CodecShelf, LoadedCodec } from './codec-shelf.js'
import { fingerprints, sourceFingerprints } from './fingerprint.js'
import { PulledChunks } from './pulled-chunks.js'

/** One side of a partition. */
export interface LogPlace {
  cluster: Cluster
  /** The broker that leads it. */
  nodeId: number
  topic: string
  partition: number
}

export interface CrossedQuestion {
  source: LogPlace
  target: LogPlace
  noted: Progress
  /** What the target says of itself. */
  tail: TargetTail
  /** All our producers' ids. */
  producerIds: ReadonlySet<number>
  codecs: CodecShelf
  origins: Pick<Origins, 'of' | 'learn'>
}

/** What has crossed since the note, and our numbers on the target now. */
export interface CrossedAnswer {
  alignment: Alignment
  /** The leader epoch of the last source batch before where it goes on. */
  sourceEpoch: number
  sequences: ReadonlyMap<number, number>
  /** Records that lie on the target since the note, those among them that its cleaner has removed. */
  crossed: number
  targetEnd: number
}

/**
 * Reads both logs from the noted place on and finds which source records have crossed (`policy/align-crossed.ts`).
 * `onMatch` is told each record that lies on the target, in order. Reads as much as was written since the last note:
 * a second's worth, as a rule.
 */
export async function findCrossed(
  question: CrossedQuestion,
  onMatch: (sourceOffset: number, targetOffset: number) => void,
): Promise<CrossedAnswer> {
  const written = new WrittenRecords(question)
  const copyable = new CopyableRecords(question)
  const target = new PulledChunks(written.read())
  const source = new PulledChunks(copyable.read())
  try {
    const alignment = await alignCrossed(
      question.noted.sourceNext,
      source,
      () => copyable.removed,
      target,
      (sourceOffset, targetOffset) => {
        if (targetOffset >= 0) onMatch(sourceOffset, targetOffset)
      },
    )
    const sourceEpoch = alignment.kind === 'aligned' ? copyable.epochBefore(alignment.sourceNext) : -1
    return { alignment, sourceEpoch, sequences: written.sequences, crossed: written.count, targetEnd: written.end }
  } finally {
    await Promise.all([target.close(), source.close()])
  }
}

/**
 * Whether the place of the last record that we know of still holds one of ours. For a broker that does not remember our
 * numbers: others may have written where our records were lost. A place that was cleaned tells nothing, and counts as ours.
 */
export async function lastCopiedIsOurs(
  { cluster, nodeId, topic, partition }: LogPlace,
  targetOffset: number,
  producerIds: ReadonlySet<number>,
): Promise<boolean> {
  for await (const batch of readLog(cluster, nodeId, { topic, partition, from: targetOffset })) {
    if (batch.lastOffset < targetOffset) continue
    return batch.baseOffset > targetOffset || producerIds.has(batch.producerId)
  }
  return true
}

/** The target holds records of ours without those that come before them, and never held those. */
export class NumbersMissing extends Error {
  override readonly name = 'NumbersMissing'

  constructor(missing: number, offset: number) {
    super(
      `the target holds records of this replicator at offset ${offset} without ${missing} that come before them: it must have taken a batch whose predecessor it refused`,
    )
  }
}

/** What we have written to the target since the note. */
class WrittenRecords {
  readonly sequences: Map<number, number>
  count = 0
  end: number
  /** Target offsets that no batch accounts for and no missing number of ours either. */
  private holes = 0
  private readonly question: CrossedQuestion

  constructor(question: CrossedQuestion) {
    this.question = question
    this.sequences = new Map(question.noted.sequences)
    this.end = question.noted.targetEnd
  }

  async *read(): AsyncGenerator<CrossedRecord[]> {
    const { target, noted, tail, producerIds } = this.question
    const { cluster, nodeId, topic, partition } = target
    let shownTo = 0
    for await (const { row, answer } of readAnswers(
      cluster,
      nodeId,
      { topic, partition, from: noted.targetEnd },
      'read_uncommitted',
    )) {
      shownTo = row.highWatermark
      for (const batch of batchesOf(row, answer)) {
        this.holes += Math.max(0, batch.baseOffset - this.end)
        this.end = batch.lastOffset + 1
        if (!producerIds.has(batch.producerId)) continue
        yield this.counted(this.take(batch, await codecOf(batch, this.question.codecs)))
      }
    }
    if (shownTo < tail.end) throw notShown(target, shownTo, tail.end)
    this.holes += Math.max(0, tail.end - this.end)
    for (const [producerId, last] of tail.lastSequences) yield this.counted(this.takeGone(producerId, last))
  }

  /** What a cleaner or retention removed leaves a hole. Without one, a batch was appended before those that belong there. */
  private insistOnHoles(missing: number, offset: number): void {
    if (missing > this.holes) throw new NumbersMissing(missing, offset)
    this.holes -= missing
  }

  private counted(records: CrossedRecord[]): CrossedRecord[] {
    this.count += records.length
    return records
  }

  /** The broker remembers their numbers, but its log does not hold them any more. */
  private takeGone(producerId: number, last: number): CrossedRecord[] {
    const next = sequenceAfter(last, 1)
    const missing = sequenceDistance(this.sequences.get(producerId) ?? 0, next)
    if (missing === 0 || missing > LARGEST_SEQUENCE_DISTANCE) return []
    this.sequences.set(producerId, next)
    this.insistOnHoles(missing, this.end)
    return Array.from({ length: missing }, gone)
  }

  private take(batch: RecordBatch, codec: LoadedCodec): CrossedRecord[] {
    const { producerId, baseSequence, lastOffsetDelta, baseOffset } = batch
    const expected = this.sequences.get(producerId) ?? 0
    const missing = sequenceDistance(expected, baseSequence)
    // Written before the note: its numbers lie behind us on the circle. One that was cut anew after the target had lost
    // its tail may begin before the note and end behind it.
    const known = missing > LARGEST_SEQUENCE_DISTANCE ? sequenceDistance(baseSequence, expected) : 0
    if (known > lastOffsetDelta) return []
    const absent = known > 0 ? 0 : missing
    this.sequences.set(producerId, sequenceAfter(baseSequence, lastOffsetDelta + 1))
    this.insistOnHoles(absent, baseOffset)
    const records = Array.from({ length: absent }, gone)
    for (let delta = known; delta <= lastOffsetDelta; delta++) {
      records.push({ targetOffset: baseOffset + delta, fingerprint: Number.NaN })
    }
    fingerprints(batch, codec, undefined, (delta, fingerprint) => {
      if (delta >= known) (records[absent + delta - known] as CrossedRecord).fingerprint = fingerprint
    })
    return records
  }
}

/** What may be copied from the source: committed, not from the target. */
class CopyableRecords {
  /** Offsets so far that no batch accounts for: a cleaner has removed the records that were there. */
  removed = 0
  /** Where each leader epoch begins among what was read. */
  private readonly epochs: { from: number; epoch: number }[] = []
  private readonly question: CrossedQuestion
  private cursor: number

  constructor(question: CrossedQuestion) {
    this.question = question
    this.cursor = question.noted.sourceNext
  }

  async *read(): AsyncGenerator<SourceRecord[]> {
    const { source, noted } = this.question
    const { cluster, nodeId, topic, partition } = source
    const range = { topic, partition, from: noted.sourceNext }
    const end = await stableEnd(source)
    let shownTo = 0
    for await (const { row, answer } of readAnswers(cluster, nodeId, range, 'read_committed')) {
      shownTo = row.lastStableOffset
      this.passOver(row.logStartOffset, row.logStartOffset)
      const transactions = new AbortedTransactions(row.abortedTransactions)
      for (const batch of batchesOf(row, answer)) {
        const isCommitted = transactions.judge(batch) === 'committed'
        if (batch.lastOffset < this.cursor) continue
        if (isCommitted && (await this.mayBeCopied(batch))) {
          yield this.take(batch, await codecOf(batch, this.question.codecs))
        } else this.passOver(batch.baseOffset, batch.lastOffset + 1)
      }
    }
    // Where it ends before the noted place it has lost its tail: there is nothing to be shown.
    if (shownTo < end && noted.sourceNext < end) throw notShown(source, shownTo, end)
  }

  /** What lies before `from` was removed, what lies from there to `next` never had anything to copy. */
  private passOver(from: number, next: number): void {
    this.removed += Math.max(0, from - this.cursor)
    this.cursor = Math.max(this.cursor, next)
  }

  /** The leader epoch of the last batch that begins before an offset. */
  epochBefore(offset: number): number {
    return this.epochs.findLast(({ from }) => from < offset)?.epoch ?? this.question.noted.sourceEpoch
  }

  private take(batch: RecordBatch, codec: LoadedCodec): SourceRecord[] {
    const records: SourceRecord[] = []
    this.noteEpoch(batch)
    sourceFingerprints(batch, codec, (offset, fingerprint) => {
      if (offset < this.cursor) return
      this.removed += offset - this.cursor
      this.cursor = offset + 1
      records.push({ offset, fingerprint, removedBefore: this.removed })
    })
    this.passOver(batch.lastOffset + 1, batch.lastOffset + 1)
    return records
  }

  private noteEpoch({ baseOffset, leaderEpoch }: RecordBatch): void {
    if (this.epochs.at(-1)?.epoch !== leaderEpoch) this.epochs.push({ from: baseOffset, epoch: leaderEpoch })
  }

  private async mayBeCopied({ producerId }: RecordBatch): Promise<boolean> {
    const { origins } = this.question
    if (origins.of(producerId) === undefined) await origins.learn(producerId)
    return origins.of(producerId) !== 'loop'
  }
}

/** Unlike a fetch, this question is refused while a new leader does not know how far its log goes (Kafka: KIP-207). */
async function stableEnd({ cluster, nodeId, topic, partition }: LogPlace): Promise<number> {
  const topics = [{ topic, partitions: [{ partition, timestamp: LATEST_TIMESTAMP }] }]
  const [row] = await cluster.call(nodeId, listOffsets, { isolation: 'read_committed', topics })
  assertNoError(row?.errorCode ?? -1, `the last stable offset of ${topic}-${partition}`)
  return row?.offset ?? -1
}

/** To be asked again: what a log does not show must not be taken for what it does not have. */
function notShown({ topic, partition }: LogPlace, shownTo: number, end: number): KafkaError {
  const where = `reading ${topic}-${partition}, which shows offsets up to ${shownTo} and ends at ${end}`
  return new KafkaError(Code.OffsetNotAvailable, where)
}

function gone(): CrossedRecord {
  return { targetOffset: -1, fingerprint: Number.NaN }
}

async function codecOf({ codec, baseOffset }: RecordBatch, shelf: CodecShelf): Promise<LoadedCodec> {
  if (codec === undefined) throw new Error(`the batch at offset ${baseOffset} has an unknown codec`)
  if (shelf.get(codec) === undefined) await shelf.load([codec])
  return shelf.get(codec) as LoadedCodec
}
