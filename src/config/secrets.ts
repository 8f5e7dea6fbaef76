import path from 'node:path'
import type { Environment } from '../aws/client-settings.js'
import { type Clock, systemClock } from '../clock.js'
import { ExitCode, UserError } from '../errors.js'
import { parseJson } from './json-document.js'
import { readConfigFile } from './load-files.js'
import type { Connections } from './types.js'

/** What a secret may hold (the contents AWS documents for MSK Replicator). Never log it. */
export interface Secret {
  username?: string
  password?: string
  certificate?: string
  privateKey?: string
  privateKeyPassword?: string
  client_id?: string
  client_secret?: string
  /** What else an OAuth secret may hold, by its full name: `custom_param.…`, `custom_header.…`, `extension.…`. */
  custom?: Record<string, string>
}

const SECRET_MEMBERS = [
  'username',
  'password',
  'certificate',
  'privateKey',
  'privateKeyPassword',
  'client_id',
  'client_secret',
] as const
const CUSTOM_MEMBER = /^(custom_param|custom_header|extension)\./

/**
 * A start opens dozens of connections at once: they share one reading of Secrets Manager, which takes time and money.
 * Longer, and a secret that was rotated would be refused more than once. Files are simply read.
 */
const FRESH_MS = 5_000

interface Reading {
  at: number
  secret: Promise<Secret>
}

/**
 * Reads secrets: from the file that `connections.json` names for an ARN, else from Secrets Manager. Keeps the last
 * reading of each, a few kilobytes for the handful of ARNs that one cluster names.
 */
export class SecretReader {
  private readonly readings = new Map<string, Reading>()
  private readonly connections: Connections | undefined
  private readonly env: Environment
  private readonly clock: Clock

  constructor(connections: Connections | undefined, env: Environment, clock: Clock = systemClock) {
    this.connections = connections
    this.env = env
    this.clock = clock
  }

  /**
   * The secret, at most 5 s old, with the members `needed`. Where it was read before and cannot be read now, that
   * reading stays good: an outage of Secrets Manager must not end a replication. Messages name file or ARN and member,
   * never what is inside.
   */
  async read(arn: string, needed: readonly (keyof Secret)[]): Promise<Secret> {
    const secret = await this.lastReading(arn)
    for (const member of needed) {
      if (secret[member] === undefined || secret[member] === '') {
        throw unusable(arn, `has no "${member}"`, `It needs: ${needed.join(', ')}.`)
      }
    }
    return secret
  }

  private lastReading(arn: string): Promise<Secret> {
    const file = this.fileOf(arn)
    if (file !== undefined) return this.readFile(file)
    const known = this.readings.get(arn)
    if (known !== undefined && this.clock.monotonic() - known.at < FRESH_MS) return known.secret
    const secret = this.fetch(arn).catch(error => {
      if (known !== undefined) return known.secret
      this.readings.delete(arn)
      throw error
    })
    this.readings.set(arn, { at: this.clock.monotonic(), secret })
    return secret
  }

  private fileOf(arn: string): string | undefined {
    const files = this.connections?.Secrets
    return files !== undefined && Object.hasOwn(files, arn) ? files[arn]?.File : undefined
  }

  private async readFile(file: string): Promise<Secret> {
    return membersOf(await readConfigFile(file), `file ${path.resolve(file)}`)
  }

  private async fetch(arn: string): Promise<Secret> {
    const { fetchSecret } = await import('../aws/secrets-manager.js')
    return membersOf(await fetchSecret(arn, this.env), arn)
  }
}

function membersOf(bytes: string | Uint8Array, name: string): Secret {
  const document = parseJson(bytes)
  const problem = document.problems[0]
  if (problem !== undefined) {
    // The parser's own sentence may quote a piece of the text: only its place is told.
    const { line, column } = document.position(problem.offset)
    throw unusable(name, `is not valid JSON (line ${line}, column ${column})`)
  }
  const value = document.value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unusable(name, 'is not a JSON object')
  }
  const secret: Secret = {}
  for (const member of SECRET_MEMBERS) {
    const text = Object.hasOwn(value, member) ? value[member] : undefined
    if (text === undefined) continue
    if (typeof text !== 'string') throw unusable(name, `has a "${member}" that is not a string`)
    secret[member] = text
  }
  const custom = Object.entries(value).filter(([name]) => CUSTOM_MEMBER.test(name))
  if (custom.length > 0) secret.custom = Object.fromEntries(custom.map(([name, text]) => [name, String(text)]))
  return secret
}

function unusable(name: string, what: string, fix?: string): UserError {
  return new UserError(`The secret ${name} ${what}.`, { exitCode: ExitCode.Environment, fix })
}
