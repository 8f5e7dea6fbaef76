import type { CreateReplicatorRequest } from '../config/types.js'
import { ExitCode, UserError } from '../errors.js'
import { parseReplicatorArn } from './arn.js'

/** What the registry keeps of a replicator. Secrets stay where their ARNs point to. */
export interface ReplicatorDefinition {
  ReplicatorArn: string
  /** ISO 8601, UTC. */
  CreationTime: string
  CurrentVersion: string
  Request: CreateReplicatorRequest
  /** Absolute path of the file given with `--connections`; read again at each start. */
  ConnectionsFile?: string
  /** It is to go as soon as the engine that runs it has drained. */
  Deleting?: true
}

/** Raised when a reader of the former format would misunderstand the new one. */
export const FORMAT_VERSION = 1

export function encodeDefinition(definition: ReplicatorDefinition): string {
  return `${JSON.stringify({ FormatVersion: FORMAT_VERSION, ...definition }, null, 2)}\n`
}

/** Reads a definition; anything but a whole one of a known format is a UserError that names the file. */
export function decodeDefinition(text: string, file: string): ReplicatorDefinition {
  let stored: Partial<ReplicatorDefinition> & { FormatVersion?: unknown }
  try {
    stored = JSON.parse(text) ?? {}
  } catch (error) {
    throw damaged(file, error)
  }
  if (typeof stored.FormatVersion === 'number' && stored.FormatVersion > FORMAT_VERSION) {
    throw new UserError(
      `${file} was written by a newer kafka-replicator (format ${stored.FormatVersion}; this one knows ${FORMAT_VERSION}).`,
      { exitCode: ExitCode.Environment, fix: 'Use that version or a later one.' },
    )
  }
  const { ReplicatorArn, CreationTime, CurrentVersion, Request, ConnectionsFile, Deleting } = stored
  const whole =
    stored.FormatVersion === FORMAT_VERSION &&
    typeof CreationTime === 'string' &&
    !Number.isNaN(Date.parse(CreationTime)) &&
    typeof CurrentVersion === 'string' &&
    typeof ReplicatorArn === 'string' &&
    parseReplicatorArn(ReplicatorArn) !== undefined &&
    parseReplicatorArn(ReplicatorArn)?.name === Request?.ReplicatorName &&
    Array.isArray(Request?.KafkaClusters) &&
    Array.isArray(Request?.ReplicationInfoList)
  if (!whole || Request === undefined) throw damaged(file)
  return {
    ReplicatorArn,
    CreationTime,
    CurrentVersion,
    Request,
    ...(typeof ConnectionsFile === 'string' ? { ConnectionsFile } : {}),
    ...(Deleting === true ? { Deleting } : {}),
  }
}

function damaged(file: string, cause?: unknown): UserError {
  return new UserError(`${file} is damaged: it is not the whole definition of a replicator.`, {
    exitCode: ExitCode.Environment,
    fix: 'Put it back from a backup, or remove the file and create the replicator again.',
    cause,
  })
}
