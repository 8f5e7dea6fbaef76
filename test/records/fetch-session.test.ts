import { beforeEach, expect, test } from 'vitest'
import { FetchSession, type Followed } from '../../src/records/fetch-session.js'

const GRANTED = { errorCode: 0, sessionId: 77 }
const LEADER_EPOCH = 5

let session: FetchSession<Followed>
beforeEach(() => {
  session = new FetchSession(1024)
})

test('the first request is a full one that asks for a session', () => {
  follow('a', 0, 10)
  follow('a', 1, 20)
  follow('b', 0, 30)
  expect(session.next()).toEqual({
    sessionId: 0,
    sessionEpoch: 0,
    topics: [
      { topic: 'a', topicId: 'id of a', partitions: [row(0, 10), row(1, 20)] },
      { topic: 'b', topicId: 'id of b', partitions: [row(0, 30)] },
    ],
    forgotten: [],
  })
})

test('a granted session is told only what has changed', () => {
  const [a] = [follow('a', 0, 10), follow('b', 0, 20)]
  exchange()
  expect(session.next()).toEqual({ sessionId: 77, sessionEpoch: 1, topics: [], forgotten: [] })
  session.answered(GRANTED)
  a.fetchOffset = 15
  session.update(a, LEADER_EPOCH)
  expect(session.next()).toMatchObject({ sessionEpoch: 2, topics: [{ topic: 'a', partitions: [row(0, 15)] }] })
})

test('a partition that leaves is forgotten once, and one that comes back before the request is not', () => {
  const [a, b] = [follow('a', 0, 10), follow('b', 0, 20)]
  exchange()
  session.remove(a)
  session.remove(b)
  session.update(b, LEADER_EPOCH)
  expect(session.next()).toMatchObject({
    topics: [{ topic: 'b' }],
    forgotten: [{ topic: 'a', topicId: 'id of a', partitions: [0] }],
  })
  session.answered(GRANTED)
  expect(session.next()).toMatchObject({ topics: [], forgotten: [] })
})

test('a partition that leaves before it was ever asked for is not mentioned', () => {
  const a = follow('a', 0, 10)
  session.remove(a)
  expect(session.isEmpty).toBe(true)
  expect(session.next()).toMatchObject({ topics: [], forgotten: [] })
})

test.each([
  ['the broker has dropped the session', 70],
  ['the broker has counted differently', 71],
  ['the broker knows it by names, not ids', 106],
])('%s: the next request is a full one again, from where each partition is', (_why, errorCode) => {
  const [a] = [follow('a', 0, 10), follow('b', 0, 20)]
  exchange()
  a.fetchOffset = 15
  session.update(a, LEADER_EPOCH)
  session.next()
  expect(session.answered({ errorCode, sessionId: 0 })).toBe(true)
  expect(session.next()).toEqual({
    sessionId: 0,
    sessionEpoch: 0,
    topics: [
      { topic: 'b', topicId: 'id of b', partitions: [row(0, 20)] },
      { topic: 'a', topicId: 'id of a', partitions: [row(0, 15)] },
    ],
    forgotten: [],
  })
})

test('what left before the session was lost does not come back with the full request', () => {
  const [a] = [follow('a', 0, 10), follow('b', 0, 20)]
  exchange()
  session.remove(a)
  session.reset()
  expect(session.next()).toMatchObject({ topics: [{ topic: 'b' }], forgotten: [] })
})

test('a broker that grants no session gets a full request each time', () => {
  follow('a', 0, 10)
  for (let n = 0; n < 3; n++) {
    expect(session.next()).toMatchObject({ sessionId: 0, sessionEpoch: 0, topics: [{ topic: 'a' }] })
    session.answered({ errorCode: 0, sessionId: 0 })
  }
})

test('an error that does not concern the session is told', () => {
  follow('a', 0, 10)
  exchange()
  expect(session.answered({ errorCode: -1, sessionId: 0 })).toBe(false)
})

test('a topic and the one created anew under its name are asked for apart', () => {
  follow('a', 0, 10)
  session.update({ sourceTopic: 'a', sourceTopicId: 'another', partition: 1, fetchOffset: 0, fetchEpoch: -1 }, 0)
  expect(session.next().topics).toMatchObject([
    { topic: 'a', topicId: 'id of a', partitions: [{ partition: 0 }] },
    { topic: 'a', topicId: 'another', partitions: [{ partition: 1, lastFetchedEpoch: -1 }] },
  ])
})

test.each(['before', 'during'])('a partition that replaces one that leaves %s a request begins a new session', when => {
  const former = follow('a', 0, 10)
  follow('b', 0, 20)
  exchange()
  if (when === 'during') session.next()
  session.remove(former)
  session.update({ ...former, sourceTopicId: 'another', fetchOffset: 0 }, LEADER_EPOCH)
  if (when === 'during') session.answered(GRANTED)
  expect(session.next()).toMatchObject({
    ...{ sessionId: 0, sessionEpoch: 0, forgotten: [] },
    topics: [{ topic: 'b' }, { topic: 'a', topicId: 'another' }],
  })
})

test('it knows what the outstanding request asked for, also when the partition has moved meanwhile', () => {
  const a = follow('a', 0, 10)
  expect(session.askedOffset(a)).toBeUndefined()
  session.next()
  a.fetchOffset = 99
  expect(session.askedOffset(a)).toBe(10)
})

test('it is empty when nothing is left that could be asked for', () => {
  expect(session.isEmpty).toBe(true)
  const a = follow('a', 0, 10)
  expect(session.isEmpty).toBe(false)
  exchange()
  expect(session.isEmpty).toBe(false)
  session.remove(a)
  expect(session.isEmpty).toBe(true)
})

test('the epoch goes from its largest number to 1, since 0 would ask for a new session', () => {
  follow('a', 0, 10)
  exchange()
  Object.assign(session, { epoch: 0x7fffffff })
  session.answered(GRANTED)
  expect(session.next().sessionEpoch).toBe(1)
})

function follow(sourceTopic: string, partition: number, fetchOffset: number): Followed {
  const followed = { sourceTopic, sourceTopicId: `id of ${sourceTopic}`, partition, fetchOffset, fetchEpoch: 3 }
  session.update(followed, LEADER_EPOCH)
  return followed
}

function exchange(): void {
  session.next()
  session.answered(GRANTED)
}

function row(partition: number, fetchOffset: number) {
  return { partition, fetchOffset, lastFetchedEpoch: 3, currentLeaderEpoch: LEADER_EPOCH, maxBytes: 1024 }
}
