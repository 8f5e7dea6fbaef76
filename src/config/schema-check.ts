import type { ErrorObject } from 'ajv'
import { ExitCode, UserError } from '../errors.js'
import type { FileKind } from './kind-of-file.js'

type Validate = ((value: unknown) => boolean) & { errors?: ErrorObject[] | null }

/** The compiled validators, loaded at the first check: the start of other commands does not wait for them. */
let validators: Promise<Record<string, Validate>> | undefined

const EXPORTS: Record<FileKind, string> = {
  'kafka-clusters': 'kafkaClusters',
  'replication-info': 'replicationInfo',
  'log-delivery': 'logDelivery',
  connections: 'connections',
  'create-replicator': 'createReplicator',
}

/** Checks a value against the JSON Schema of its kind. An empty list means that its shape is right. */
export async function checkSchema(kind: FileKind, value: unknown): Promise<ErrorObject[]> {
  validators ??= load()
  const validate = (await validators)[EXPORTS[kind]]
  if (validate === undefined) throw notBuilt()
  return validate(value) ? [] : [...(validate.errors ?? [])]
}

async function load(): Promise<Record<string, Validate>> {
  const url = new URL('../../schemas/compiled/validators.js', import.meta.url)
  try {
    return (await import(url.href)) as Record<string, Validate>
  } catch (error) {
    throw notBuilt(error)
  }
}

function notBuilt(cause?: unknown): UserError {
  return new UserError('The compiled schemas are missing.', {
    exitCode: ExitCode.Other,
    fix: 'Run `npm run build` in the folder of kafka-replicator.',
    cause,
  })
}
