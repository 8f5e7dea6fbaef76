import type { BatchHeader } from './batch.js'

interface ProducerState {
  epoch: number
  /** The newest last; at most five (Kafka: `ProducerStateEntry.NUM_BATCHES_TO_RETAIN`). */
  batches: { first: number; last: number; baseOffset: number }[]
  /** The largest *record* time of its last batch: brokers forget producers by that, not by when they last wrote. */
  lastTimestamp: number
}

const BATCHES_KEPT = 5
const SEQUENCES = 2 ** 31

export type SequenceVerdict =
  | { kind: 'append' }
  | { kind: 'duplicate'; baseOffset: number }
  | { kind: 'refuse'; code: number }

/**
 * What one partition remembers of its producers (Kafka: `ProducerStateManager`, `ProducerAppendInfo.checkSequence`).
 * Brokers of our day never answer DUPLICATE_SEQUENCE_NUMBER: the same range among the last five is a success with its
 * first offset, everything else that does not continue is OUT_OF_ORDER_SEQUENCE_NUMBER.
 */
export class ProducerStates {
  private readonly states = new Map<number, ProducerState>()

  judge({ producerId, producerEpoch, baseSequence, lastOffsetDelta }: BatchHeader): SequenceVerdict {
    const state = this.states.get(producerId)
    if (!state) return { kind: 'append' }
    if (producerEpoch < state.epoch) return { kind: 'refuse', code: 47 }
    if (producerEpoch > state.epoch) return baseSequence === 0 ? { kind: 'append' } : { kind: 'refuse', code: 45 }
    const last = (baseSequence + lastOffsetDelta) % SEQUENCES
    const same = state.batches.find(batch => batch.first === baseSequence && batch.last === last)
    if (same) return { kind: 'duplicate', baseOffset: same.baseOffset }
    const newest = state.batches.at(-1)
    const expected = newest === undefined ? 0 : (newest.last + 1) % SEQUENCES
    return baseSequence === expected ? { kind: 'append' } : { kind: 'refuse', code: 45 }
  }

  appended(
    { producerId, producerEpoch, baseSequence, lastOffsetDelta, maxTimestamp }: BatchHeader,
    baseOffset: number,
  ) {
    let state = this.states.get(producerId)
    if (!state || state.epoch !== producerEpoch) {
      state = { epoch: producerEpoch, batches: [], lastTimestamp: maxTimestamp }
      this.states.set(producerId, state)
    }
    state.batches.push({ first: baseSequence, last: (baseSequence + lastOffsetDelta) % SEQUENCES, baseOffset })
    if (state.batches.length > BATCHES_KEPT) state.batches.shift()
    state.lastTimestamp = maxTimestamp
  }

  /** Kafka: `removeExpiredProducers`. Answers how many were forgotten. */
  expire(now: number, expirationMs: number): number {
    const expired = [...this.states].filter(([, { lastTimestamp }]) => now - lastTimestamp >= expirationMs)
    for (const [producerId] of expired) this.states.delete(producerId)
    return expired.length
  }

  /** A snapshot on disk holds only the last batch of each producer: that is what a restart may leave. */
  restarted(): void {
    for (const state of this.states.values()) state.batches.splice(0, state.batches.length - 1)
  }

  list(): { producerId: number; producerEpoch: number; lastSequence: number }[] {
    return [...this.states].map(([producerId, { epoch, batches }]) => ({
      producerId,
      producerEpoch: epoch,
      lastSequence: batches.at(-1)?.last ?? -1,
    }))
  }
}
