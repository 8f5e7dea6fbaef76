import { describe, expect, test } from 'vitest'
import type { PartitionNote } from '../../src/progress/notes.js'
import { judgePartition, type PartitionEvidence } from '../../src/replication/judge-partition.js'
import { NO_UUID } from '../../src/wire/messages/metadata.js'

const NOTE: PartitionNote = {
  ...{ sourceNext: 50, sourceEpoch: 0, targetEnd: 40, sourceStart: 0, targetStart: 0, sequences: new Map() },
  ...{ sourceTopicId: 'aa', targetTopicId: 'bb', openSegment: { number: 0, bytes: Buffer.alloc(0) } },
}
const EVIDENCE: PartitionEvidence = {
  ...{ sourceTopic: 'orders', targetTopic: 'east.orders', partition: 3, note: NOTE, isRunning: true },
  source: { topicId: 'aa', start: 10, stableEnd: 60, highWatermark: 70, problem: null },
  target: { topicId: 'bb', highWatermark: 45, problem: null },
}

type Change = {
  note?: Partial<PartitionNote> | 'none' | 'unknown'
  isRunning?: boolean
  source?: object
  target?: object
}

function judge({ note = {}, isRunning = true, source, target }: Change) {
  return judgePartition({
    ...EVIDENCE,
    isRunning,
    note: typeof note === 'string' ? note : { ...NOTE, ...note },
    source: { ...EVIDENCE.source, ...source },
    target: { ...EVIDENCE.target, ...target },
  })
}

const NO_LEADER = 'it has no leader'

test('every number stands where it belongs', () => {
  expect(judge({})).toEqual({
    ...{ partition: 3, state: 'copying', reason: null, lag: 10, copied: 50 },
    ...{ sourceStart: 10, sourceEnd: 60, sourceHighWatermark: 70, targetEnd: 45, lastKnownLag: null },
  })
})

test.each<[string, Change, object]>([
  ['stopped before the end', { isRunning: false }, { state: 'behind', lag: 10 }],
  ['at the end', { source: { stableEnd: 50 } }, { state: 'caught-up', lag: 0 }],
  ['past an end that was read earlier', { source: { stableEnd: 49 } }, { state: 'caught-up', lag: 0 }],
  ['held', { note: { held: 'poison' } }, { state: 'held', reason: 'poison', lag: 10 }],
  ['ignored', { note: { ignored: 'anew' } }, { state: 'ignored', reason: 'anew', lag: 0 }],
  ['may not write there', { note: { forbidden: 'no right' } }, { state: 'waiting', reason: 'no right', lag: 10 }],
  ['might not, when it ran', { note: { forbidden: 'no right' }, isRunning: false }, { state: 'behind', reason: null }],
  ['not noted, running', { note: 'none' }, { state: 'starting', copied: null, lag: null }],
  ['not noted, not running', { note: 'none', isRunning: false }, { state: 'not-begun', copied: null, lag: null }],
  ['notes unknown', { note: 'unknown' }, { state: 'unknown', copied: null, lag: null }],
  [
    'source silent',
    { source: { stableEnd: null, problem: NO_LEADER } },
    { state: 'unknown', reason: NO_LEADER, lag: null },
  ],
  ['target silent', { target: { highWatermark: null, problem: NO_LEADER } }, { state: 'unknown', lag: 10 }],
  ['target cut back', { target: { highWatermark: 39 } }, { state: 'waiting', lag: null }],
  ['a source that gives no ids', { source: { topicId: NO_UUID } }, { state: 'copying' }],
])('%s', (_name, change, expected) => {
  expect(judge(change)).toMatchObject(expected)
})

describe.each([
  ['source anew', { source: { topicId: 'cc' } }, /^source topic orders was deleted and created again/],
  ['target anew', { target: { topicId: 'cc' } }, /^target topic east.orders was deleted and created again/],
  ['target gone', { target: { topicId: 'none', highWatermark: null } }, /^target topic east.orders was deleted;/],
])('%s: no lag is made up of two topics', (_name, change, reason) => {
  test('before the engine has met it', () => {
    const { state, lag, reason: told } = judge(change)
    expect({ state, lag }).toEqual({ state: 'waiting', lag: null })
    expect(told).toMatch(reason)
  })

  test('before the engine runs', () => {
    const { state, lag, reason: told } = judge({ ...change, isRunning: false })
    expect({ state, lag }).toEqual({ state: 'held', lag: null })
    expect(told).toMatch(reason)
    expect(told).toContain('--on-topic-recreated restart')
  })

  test('after the engine held it', () => {
    expect(judge({ ...change, note: { held: 'anew' } })).toMatchObject({ state: 'held', reason: 'anew', lag: null })
  })
})

test('offsets that are gone before they were copied: told where nothing runs, left to the engine where one does', () => {
  const change = { source: { start: 52 } }
  expect(judge({ ...change, isRunning: false })).toMatchObject({
    state: 'held',
    reason: expect.stringMatching(/no longer has offsets 50-51: .* --on-truncation skip/),
  })
  expect(judge(change)).toMatchObject({ state: 'copying', reason: null })
})

test('a source that was cut back behind what was copied', () => {
  expect(judge({ isRunning: false, source: { stableEnd: 45, highWatermark: 45 } })).toMatchObject({
    state: 'held',
    reason: expect.stringContaining('the source lost offsets 45-49'),
  })
})
