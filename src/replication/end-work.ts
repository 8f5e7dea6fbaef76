import { type Clock, withinTime } from '../clock.js'
import { ExitCode, messageOf } from '../errors.js'
import type { ReplicationEvent } from '../events.js'
import type { CopiedTopics } from './copied-topics.js'
import type { Work } from './work.js'

/** What is in flight at a stop is acknowledged in milliseconds; a target that hangs must not hold the process. */
const DRAIN_DEADLINE_MS = 10_000
const DRAIN_POLL_MS = 20
const LAST_GROUPS_MS = 5_000

/** How a replicator ends, and what its last steps need of it. */
export interface Ending {
  exitCode: ExitCode
  reason: string | undefined
  /** The jobs that come again and again; they have been asked to stop. */
  loops: readonly Promise<void>[]
  groupLoop: Promise<void>
  /** Another instance has taken over: notes and groups are its from then on. */
  isReplaced: () => boolean
  clock: Clock
  tell: (code: ReplicationEvent['code'], level: 'warn', message: string) => void
}

/** Reads nothing more, waits for what is in flight (10 s at most), brings groups to where it ended and notes that. */
export async function endWork(work: Work, ending: Ending): Promise<void> {
  await work.supervisor.stop()
  work.readers.stop()
  await drain(work.topics, ending.clock)
  await Promise.all(ending.loops)
  if (!ending.isReplaced()) await lastGroups(work, ending)
  if (!ending.isReplaced()) await lastNotes(work, ending)
}

async function drain(topics: CopiedTopics, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + DRAIN_DEADLINE_MS
  while (!topics.every(copy => copy.isIdle) && clock.monotonic() < deadline) await clock.sleep(DRAIN_POLL_MS)
}

/** Groups stand where the last record that was copied says; what is not done in time, the next life does. */
async function lastGroups({ groups }: Work, { groupLoop, clock, tell }: Ending): Promise<void> {
  if (groups === undefined) return
  try {
    await withinTime(
      groupLoop.then(() => groups.round()),
      LAST_GROUPS_MS,
      clock,
    )
  } catch (error) {
    const fact = 'the last offsets of consumer groups were not brought over'
    tell('cluster-unreachable', 'warn', `${fact}: ${messageOf(error)}`)
  }
}

async function lastNotes({ notes, topics }: Work, { exitCode, reason, tell }: Ending): Promise<void> {
  try {
    await notes.noteProgress(topics)
    await notes.noteEnd(exitCode === ExitCode.Done ? 'stopped' : 'failed', reason)
  } catch (error) {
    const fact = 'the last progress could not be noted; the next start asks the target instead'
    tell('progress-failed', 'warn', `${fact}: ${messageOf(error)}`)
  }
}
