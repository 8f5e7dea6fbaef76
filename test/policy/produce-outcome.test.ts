import { describe, expect, test } from 'vitest'
import { produceOutcome, refusalReason } from '../../src/policy/produce-outcome.js'

describe('what an answer to Produce means', () => {
  test.each([
    [0, 'NONE', 'appended'],
    [46, 'DUPLICATE_SEQUENCE_NUMBER', 'resync'],
    [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'resync'],
    [59, 'UNKNOWN_PRODUCER_ID', 'resync'],
    [2, 'CORRUPT_MESSAGE', 'corrupt'],
    [10, 'MESSAGE_TOO_LARGE', 'too-large'],
    [18, 'RECORD_LIST_TOO_LARGE', 'too-large'],
    [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'resync'],
    [6, 'NOT_LEADER_OR_FOLLOWER', 'resync'],
    [7, 'REQUEST_TIMED_OUT', 'resync'],
    [19, 'NOT_ENOUGH_REPLICAS', 'resync'],
    [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'resync'],
    [56, 'KAFKA_STORAGE_ERROR', 'resync'],
    [89, 'THROTTLING_QUOTA_EXCEEDED', 'resync'],
    [29, 'TOPIC_AUTHORIZATION_FAILED', 'forbidden'],
    [32, 'INVALID_TIMESTAMP', 'poison'],
    [47, 'INVALID_PRODUCER_EPOCH', 'hold'],
    [76, 'UNSUPPORTED_COMPRESSION_TYPE', 'hold'],
    [87, 'INVALID_RECORD', 'poison'],
    [-1, 'UNKNOWN_SERVER_ERROR', 'hold'],
    [9_999, 'a code nobody knows', 'hold'],
  ])('%i %s: %s', (code, _name, outcome) => {
    expect(produceOutcome(code)).toBe(outcome)
  })
})

describe('why a partition is held', () => {
  const batch = {
    firstOffset: 40,
    nextOffset: 45,
    sizeBytes: 2_000,
    lacking: 'User:x lacks the right Write on topic orders of target',
  }

  test.each([
    [10, null, "the target refused source offsets 40-44 (2000 bytes): larger than its topic's max.message.bytes"],
    [32, null, 'the target refused source offsets 40-44: timestamps outside its message.timestamp.before/after.max.ms'],
    [29, null, 'the target refused source offsets 40-44: User:x lacks the right Write on topic orders of target'],
    [87, 'no key', 'the target refused source offsets 40-44: INVALID_RECORD (no key)'],
    [9_999, null, 'the target refused source offsets 40-44: error code 9999'],
  ])('code %i', (code, detail, sentence) => {
    expect(refusalReason(code, batch, detail)).toBe(sentence)
  })
})
