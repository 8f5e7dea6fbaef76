import type { ReplicatorOptions } from '../replication/replicator-options.js'

/** What the engine last wrote about itself on the target cluster. */
export interface RuntimeStatus {
  state: 'running' | 'stopped' | 'failed'
  /** When, milliseconds since the epoch. */
  at: number
  reason?: string | undefined
}

/** Reads that; undefined: the engine has never run. Throws when the target cannot be asked. */
export type StatusReader = (options: ReplicatorOptions) => Promise<RuntimeStatus | undefined>

/** The outcome of asking: a status, `never-ran`, or why it could not be found out. */
export type StatusReading = RuntimeStatus | 'never-ran' | { unknown: string }

export type ReplicatorState = 'RUNNING' | 'CREATING' | 'UPDATING' | 'DELETING' | 'FAILED'

export interface ReplicatorStateView {
  ReplicatorState: ReplicatorState
  StateInfo?: { Code: string; Message: string }
}

/** What was last seen of a replicator from this machine. */
export interface SeenState {
  state: ReplicatorState
  /** The version that the engine on this machine works by; undefined where none has run here. */
  currentVersion?: string | undefined
}

/** What decides the state besides the engine's own word. */
export interface StateFacts {
  name: string
  /** Of the definition. */
  currentVersion: string
  isDeleting: boolean
  lastSeen: SeenState
}

/** Three missed heartbeats of 5 s: fewer would call a busy engine dead, more would hide a dead one. */
export const HEARTBEAT_FRESH_MS = 15_000

/**
 * The state as AWS names it (contract, section 4). AWS has no "stopped", so a stopped replicator is FAILED and
 * StateInfo says which, since when, and how to start it. What is not known stays what it last was, and says so.
 */
export function replicatorState(facts: StateFacts, reading: StatusReading, now: number): ReplicatorStateView {
  const { name, currentVersion, isDeleting, lastSeen } = facts
  const state = engineState(name, reading, now, lastSeen.state)
  const isRunning = state.ReplicatorState === 'RUNNING'
  if (isDeleting) return { ReplicatorState: 'DELETING', StateInfo: isRunning ? DRAINING : ENGINE_GONE }
  // An engine on another machine has its own definition: what it works by is not known here.
  const isBehind = lastSeen.currentVersion !== undefined && lastSeen.currentVersion !== currentVersion
  const isHere = lastSeen.state === 'RUNNING'
  return isRunning && isHere && isBehind ? { ReplicatorState: 'UPDATING', StateInfo: TAKING_OVER } : state
}

const DRAINING = {
  Code: 'Draining',
  Message: 'Its engine sends what is on its way, then ends; then the replicator is gone.',
}
const ENGINE_GONE = {
  Code: 'EngineGone',
  Message: 'Its engine ended before it could take leave. Delete it again, and it is gone at once.',
}
const TAKING_OVER = { Code: 'TakingOver', Message: 'Its engine takes over what was changed, within seconds.' }

function engineState(
  name: string,
  reading: StatusReading,
  now: number,
  lastKnown: ReplicatorState,
): ReplicatorStateView {
  const start = `Start it with: kafka-replicator run --replicator-name ${name}`
  if (reading === 'never-ran') {
    return { ReplicatorState: 'CREATING', StateInfo: { Code: 'NotStarted', Message: `It has not run yet. ${start}` } }
  }
  if ('unknown' in reading) {
    const Message = `Whether it runs is not known, ${lastKnown} is what was last seen here: ${reading.unknown}`
    return { ReplicatorState: lastKnown, StateInfo: { Code: 'TargetUnreachable', Message } }
  }
  const since = new Date(reading.at).toISOString()
  const because = reading.reason === undefined ? '' : ` (${reading.reason})`
  if (reading.state === 'failed')
    return failed('Failed', `It stopped at ${since} to protect the data or by a fault${because}. ${start}`)
  if (reading.state === 'stopped') return failed('Stopped', `It was stopped at ${since}${because}. ${start}`)
  if (isAlive(reading, now)) return { ReplicatorState: 'RUNNING' }
  return failed(
    'HeartbeatLost',
    `Its last sign of life was at ${since}: it died, or its machine or network did. ${start}`,
  )
}

/** Whether an engine runs it, wherever: it says so and has said so lately. */
export function isAlive(reading: StatusReading, now: number): boolean {
  if (reading === 'never-ran' || 'unknown' in reading) return false
  return reading.state === 'running' && now - reading.at <= HEARTBEAT_FRESH_MS
}

function failed(Code: string, Message: string): ReplicatorStateView {
  return { ReplicatorState: 'FAILED', StateInfo: { Code, Message } }
}
