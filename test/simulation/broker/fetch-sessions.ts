import type { Random } from '../random.js'

export interface FetchAsk {
  /** Its name, or since Fetch v13 its id. */
  topic: string
  partition: number
  leaderEpoch: number
  fetchOffset: number
  /** The leader epoch of the last batch before `fetchOffset`; -1 where the client does not say. */
  fetchedEpoch: number
  maxBytes: number
}

/** What a broker remembers of one partition in a session, beside what was asked. */
interface Remembered {
  ask: FetchAsk
  highWatermark: number
  logStart: number
}

interface Session {
  id: number
  byId: boolean
  epoch: number
  partitions: Map<string, Remembered>
}

export interface SessionRequest {
  sessionId: number
  sessionEpoch: number
  /** Whether topics are called by their ids. */
  byId: boolean
  asks: FetchAsk[]
  forgotten: { topic: string; partition: number }[]
}

export type SessionView =
  | { kind: 'error'; code: number }
  | { kind: 'full'; asks: FetchAsk[]; session: Session | undefined }
  | { kind: 'incremental'; asks: FetchAsk[]; session: Session }

const SESSION_ID_NOT_FOUND = 70
const INVALID_SESSION_EPOCH = 71
const SESSION_TOPIC_ID_ERROR = 106

/** Incremental fetch sessions as a broker keeps them (KIP-227, Kafka: `FetchSession.scala`). */
export class FetchSessions {
  private readonly sessions = new Map<number, Session>()
  private readonly random: Random
  /** A broker short of memory grants none. */
  grants = true

  constructor(random: Random) {
    this.random = random
  }

  open({ sessionId, sessionEpoch, byId, asks, forgotten }: SessionRequest): SessionView {
    if (sessionEpoch === -1) {
      this.sessions.delete(sessionId)
      return { kind: 'full', asks, session: undefined }
    }
    if (sessionEpoch === 0) {
      this.sessions.delete(sessionId)
      if (!this.grants) return { kind: 'full', asks, session: undefined }
      const session = { id: this.random.between(1, 2 ** 31 - 2), byId, epoch: 1, partitions: new Map() }
      for (const ask of asks) session.partitions.set(keyOf(ask), { ask, highWatermark: -1, logStart: -1 })
      this.sessions.set(session.id, session)
      return { kind: 'full', asks, session }
    }
    const session = this.sessions.get(sessionId)
    if (!session) return { kind: 'error', code: SESSION_ID_NOT_FOUND }
    if (session.epoch !== sessionEpoch) return { kind: 'error', code: INVALID_SESSION_EPOCH }
    if (session.byId !== byId) return { kind: 'error', code: SESSION_TOPIC_ID_ERROR }
    session.epoch++
    for (const ask of asks) {
      const known = session.partitions.get(keyOf(ask))
      if (known) known.ask = ask
      else session.partitions.set(keyOf(ask), { ask, highWatermark: -1, logStart: -1 })
    }
    for (const left of forgotten) session.partitions.delete(keyOf(left))
    return { kind: 'incremental', asks: [...session.partitions.values()].map(({ ask }) => ask), session }
  }

  /** Forgets sessions, as a full cache does. */
  forgetAll(): void {
    this.sessions.clear()
  }
}

/** Whether an incremental answer must name the partition: records, an error, or a changed high watermark or start. */
export function mustTell(
  session: Session,
  ask: FetchAsk,
  row: { errorCode: number; highWatermark: number; logStart: number; records: Buffer; diverging: object | undefined },
): boolean {
  const known = session.partitions.get(keyOf(ask))
  if (!known) return true
  const changed = known.highWatermark !== row.highWatermark || known.logStart !== row.logStart
  const isTrouble = row.errorCode !== 0 || row.diverging !== undefined
  const tells = row.records.length > 0 || changed || isTrouble
  known.highWatermark = isTrouble ? -1 : row.highWatermark
  known.logStart = row.logStart
  if (tells) {
    // To the end, so that others are served first the next time.
    session.partitions.delete(keyOf(ask))
    session.partitions.set(keyOf(ask), known)
  }
  return tells
}

function keyOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}
