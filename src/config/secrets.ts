import path from 'node:path'
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
 * Reads the local file that stands for a secret ARN in `connections.json` and checks that it has the members `needed`.
 * Messages name the file and the member, never what the file holds.
 */
export async function readSecret(
  arn: string,
  connections: Connections | undefined,
  needed: readonly (keyof Secret)[],
): Promise<Secret> {
  const secrets = connections?.Secrets
  const file = secrets !== undefined && Object.hasOwn(secrets, arn) ? secrets[arn]?.File : undefined
  if (file === undefined) {
    throw new UserError(`The secret ${arn} is not known here: reading it from Secrets Manager is not supported yet.`, {
      exitCode: ExitCode.Environment,
      fix: `Write into the file given with --connections: { "Secrets": { "${arn}": { "File": "./secret.json" } } }`,
    })
  }
  const secret = membersOf(await readConfigFile(file), file)
  for (const member of needed) {
    if (secret[member] === undefined || secret[member] === '') {
      throw unusable(file, `has no "${member}"`, `The file for ${arn} needs: ${needed.join(', ')}.`)
    }
  }
  return secret
}

function membersOf(bytes: Uint8Array, file: string): Secret {
  const document = parseJson(bytes)
  const problem = document.problems[0]
  if (problem !== undefined) {
    // The parser's own sentence may quote a piece of the text: only its place is told.
    const { line, column } = document.position(problem.offset)
    throw unusable(path.resolve(file), `is not valid JSON (line ${line}, column ${column})`)
  }
  const value = document.value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unusable(file, 'is not a JSON object')
  }
  const secret: Secret = {}
  for (const member of SECRET_MEMBERS) {
    const text = Object.hasOwn(value, member) ? value[member] : undefined
    if (text === undefined) continue
    if (typeof text !== 'string') throw unusable(file, `has a "${member}" that is not a string`)
    secret[member] = text
  }
  const custom = Object.entries(value).filter(([name]) => CUSTOM_MEMBER.test(name))
  if (custom.length > 0) secret.custom = Object.fromEntries(custom.map(([name, text]) => [name, String(text)]))
  return secret
}

function unusable(file: string, what: string, fix?: string): UserError {
  return new UserError(`The secret file ${file} ${what}.`, { exitCode: ExitCode.Environment, fix })
}
