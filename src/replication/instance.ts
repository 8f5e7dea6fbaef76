import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock } from '../clock.js'
import { ExitCode, UserError } from '../errors.js'
import type { InstanceNote, StatusNote } from '../progress/notes.js'
import type { ProgressStore } from '../progress/progress-store.js'

/** An engine says of itself every 5 s that it runs; one that says nothing for longer is taken for gone. */
export const STATUS_INTERVAL_MS = 5_000
export const SILENCE_MS = STATUS_INTERVAL_MS + 1_500
const POLL_MS = 250
/** Older than this it is not waited for: nobody runs who has been silent so long, whatever the clocks of two hosts say. */
const LONG_AGO_MS = 60_000

/**
 * Takes a replicator over from whoever ran it last. Waits for a sign of life where the last one may still run; throws
 * UserError (5) when it does.
 *
 * Of two that start at the same moment, the one that says so first stays. What was noted meanwhile is read again: the
 * other may have gone on copying until it ended.
 */
export async function takeOver(store: ProgressStore, clock: Clock): Promise<InstanceNote> {
  const last = store.status
  const waits = last?.state === 'running' && mayBeAlive(last, clock)
  if (waits) await refuseIfAlive(store, clock)
  const instance = {
    id: randomUUID(),
    generation: (store.status?.instance.generation ?? 0) + 1,
    host: hostname(),
    processId: process.pid,
    startedAt: clock.now(),
  }
  const said = await store.saveStatus({ state: 'running', at: clock.now(), instance })
  const ownIndex = said.findIndex(status => status.instance.id === instance.id)
  const before = ownIndex < 0 ? [] : said.slice(0, ownIndex)
  const faster = runningOf(before).find(other => other.generation >= instance.generation)
  if (faster !== undefined) throw alreadyRuns(faster)
  if (waits || said.length > 0) await store.load()
  return instance
}

/**
 * Whether another instance has more right to run: one that was started later, because this one gave no sign of life for
 * long. Of those that started at once all but the first have ended themselves.
 */
export function mustStandDown(mine: InstanceNote, others: readonly StatusNote[]): InstanceNote | undefined {
  return runningOf(others).find(({ generation }) => generation > mine.generation)
}

function runningOf(statuses: readonly StatusNote[]): InstanceNote[] {
  return statuses.filter(({ state }) => state === 'running').map(({ instance }) => instance)
}

/** `host, process 1234, started 2026-01-02T03:04:05.000Z` */
export function describeInstance({ host, processId, startedAt }: InstanceNote): string {
  return `host ${host}, process ${processId}, started ${new Date(startedAt).toISOString()}`
}

function mayBeAlive({ at, instance }: StatusNote, clock: Clock): boolean {
  if (Math.abs(clock.now() - at) > LONG_AGO_MS) return false
  return instance.host !== hostname() || instance.processId === process.pid || isProcess(instance.processId)
}

function isProcess(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH' // EPERM: it is somebody else's
  }
}

async function refuseIfAlive(store: ProgressStore, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + SILENCE_MS
  while (clock.monotonic() < deadline) {
    await clock.sleep(POLL_MS)
    const newer = (await store.newStatuses()).at(-1)
    if (newer === undefined) continue
    if (newer.state !== 'running') return // it has just ended
    throw alreadyRuns(newer.instance)
  }
}

function alreadyRuns(instance: InstanceNote): UserError {
  return new UserError(`This replicator already runs: ${describeInstance(instance)}.`, {
    exitCode: ExitCode.Protected,
    fix: 'Stop that one first (or leave it running: two at once gain nothing).',
  })
}
