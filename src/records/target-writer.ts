import type { Clock } from '../clock.js'
import type { Cluster } from '../clusters/cluster.js'
import { lacking } from '../clusters/refusal.js'
import { messageOf } from '../errors.js'
import { produceOutcome, refusalReason } from '../policy/produce-outcome.js'
import { nextWindow, WINDOW_BYTES } from '../policy/produce-window.js'
import { ByteReader } from '../wire/byte-reader.js'
import type { Connection } from '../wire/connection.js'
import { PRODUCE, type ProducedPartition, produceRequest, readProduceResponse } from '../wire/messages/produce.js'
import type { PartitionCopy } from './partition-copy.js'
import { firstOffsetOf, type TravellingBatch } from './travelling-batch.js'

/**
 * A broker keeps the last five batches of a producer per partition to recognise a resend (Kafka:
 * `ProducerStateEntry.NUM_BATCHES_TO_RETAIN`), so no partition may have more in flight; bounding the connection's
 * requests bounds every partition on it.
 */
const MAX_REQUESTS_IN_FLIGHT = 5
/**
 * Under load the line is filled up only when it has run down to this many: then several requests leave in one system
 * call, which is most of what sending costs, and the broker still has work waiting.
 */
const REFILL_BELOW_REQUESTS = 3
/**
 * Where no answer was ever quicker the target is far away: then the line is always kept full, for what is not in flight is
 * a part of the link that stays empty, and there are few requests a second anyway.
 */
const FAR_MS = 25
/** Enough for the network; a larger request only delays the first acknowledgement. */
const REQUEST_BYTES = 1024 * 1024
/** How long the broker waits for its replicas before it answers REQUEST_TIMED_OUT. */
const REPLICATION_TIMEOUT_MS = 15_000
/**
 * Silence after which the link counts as dead: that wait, and a margin for a broker that hangs for a while. Below 30 s, so
 * that what was lost in the last moment of an outage is noticed within 30 s of its end.
 */
const ANSWER_TIMEOUT_MS = REPLICATION_TIMEOUT_MS + 10_000

interface Sent {
  copy: PartitionCopy
  travelled: TravellingBatch
}

/** Sends the batches of its partitions over one connection to one target broker, in order, a few requests ahead. */
export class TargetWriter {
  private readonly connection: Connection
  private readonly cluster: Pick<Cluster, 'alias' | 'health' | 'principal'>
  private readonly ready = new Set<PartitionCopy>()
  private readonly clock: Clock
  private requestsInFlight = 0
  private bytesInFlight = 0
  private windowBytes = WINDOW_BYTES.first
  private quickestAnswerMs = Number.POSITIVE_INFINITY

  /** `cluster` is the one it writes to, for messages and what it answers. */
  constructor(connection: Connection, cluster: Pick<Cluster, 'alias' | 'health' | 'principal'>, clock: Clock) {
    this.connection = connection
    this.cluster = cluster
    this.clock = clock
  }

  get isOpen(): boolean {
    return this.connection.isOpen
  }

  /** The partition has batches waiting. Call `pump` when all of a fetch answer have been announced. */
  announce(copy: PartitionCopy): void {
    if (copy.maySend) this.ready.add(copy)
  }

  /** The partition is written over another connection now. */
  forget(copy: PartitionCopy): void {
    this.ready.delete(copy)
  }

  /** Sends as much as may be in flight. */
  pump(): void {
    const isFar = this.quickestAnswerMs > FAR_MS
    if (this.requestsInFlight >= (isFar ? MAX_REQUESTS_IN_FLIGHT : REFILL_BELOW_REQUESTS)) return
    while (this.mayRequest && this.ready.size > 0) {
      const sent = this.takeRound(Math.min(REQUEST_BYTES, this.windowBytes - this.bytesInFlight))
      if (sent.length === 0) return
      void this.send(sent)
    }
  }

  close(): void {
    this.connection.close()
  }

  private get mayRequest(): boolean {
    if (this.requestsInFlight === 0) return true
    return this.requestsInFlight < MAX_REQUESTS_IN_FLIGHT && this.bytesInFlight < this.windowBytes
  }

  /** One batch of each waiting partition, since a broker takes one per partition and request. */
  private takeRound(enoughBytes: number): Sent[] {
    const sent: Sent[] = []
    let bytes = 0
    for (const copy of this.ready) {
      this.ready.delete(copy)
      const travelled = copy.takeForSending()
      if (travelled === undefined) continue
      sent.push({ copy, travelled })
      bytes += travelled.bytes.length
      if (bytes >= enoughBytes) break
    }
    // Back in line only after the round: a partition may be in a request once.
    for (const { copy } of sent) this.announce(copy)
    return sent
  }

  private async send(sent: Sent[]): Promise<void> {
    const batches = sent.map(({ copy, travelled }) => ({
      topic: copy.targetTopic,
      partition: copy.partition,
      bytes: travelled.bytes,
    }))
    const bytes = batches.reduce((sum, batch) => sum + batch.bytes.length, 0)
    const sentAt = this.clock.monotonic()
    this.requestsInFlight++
    this.bytesInFlight += bytes
    let answer: Buffer
    try {
      const body = produceRequest(batches, REPLICATION_TIMEOUT_MS)
      answer = await this.connection.send(PRODUCE, body, { timeoutMs: ANSWER_TIMEOUT_MS })
    } catch (error) {
      // The answer may be lost after the broker has appended: only the target can say.
      for (const { copy, travelled } of sent) copy.failed(travelled, messageOf(error), 'resync')
      return
    }
    this.requestsInFlight--
    this.bytesInFlight -= bytes
    const answerMs = this.clock.monotonic() - sentAt
    this.windowBytes = nextWindow(this.windowBytes, answerMs)
    this.quickestAnswerMs = Math.min(this.quickestAnswerMs, answerMs)
    const { partitions, throttleTimeMs } = readProduceResponse(new ByteReader(answer))
    if (throttleTimeMs > 0) this.cluster.health.throttled(throttleTimeMs)
    this.settle(sent, partitions)
    this.pump()
  }

  private settle(sent: readonly Sent[], answers: readonly ProducedPartition[]): void {
    for (const [i, { copy, travelled }] of sent.entries()) {
      const isHis = (answer: ProducedPartition | undefined) =>
        answer?.partition === copy.partition && answer.topic === copy.targetTopic
      // Brokers answer in the order of the request as a rule, though nothing promises it.
      const answer = isHis(answers[i]) ? answers[i] : answers.find(isHis)
      if (answer === undefined) copy.failed(travelled, 'the target answered without this partition', 'resync')
      else this.settleSafely(copy, travelled, answer)
      this.announce(copy)
    }
  }

  /** What must never be stops one partition and says so; the others go on. */
  private settleSafely(copy: PartitionCopy, travelled: TravellingBatch, answer: ProducedPartition): void {
    try {
      this.settleOne(copy, travelled, answer)
    } catch (error) {
      copy.hold(`a fault of this tool, please report it: ${messageOf(error)}`)
    }
  }

  private settleOne(copy: PartitionCopy, travelled: TravellingBatch, answer: ProducedPartition): void {
    const outcome = produceOutcome(answer.errorCode)
    if (outcome === 'appended') return copy.acknowledge(travelled, answer)
    const refused = {
      firstOffset: firstOffsetOf(travelled),
      nextOffset: travelled.next.offset,
      sizeBytes: travelled.bytes.length,
      lacking: lacking(this.cluster, { operation: 'Write', resource: `topic ${copy.targetTopic}` }),
    }
    copy.failed(travelled, refusalReason(answer.errorCode, refused, answer.errorMessage), outcome)
  }
}
