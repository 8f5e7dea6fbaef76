import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ExitCode } from '../errors.js'
import { UsageError } from './errors.js'

/** What the AWS config file says about a profile, as far as the command line has a use for it. */
export interface ProfileSettings {
  region?: string
  output?: string
}

type Env = Readonly<Record<string, string | undefined>>
type Sections = Map<string, Map<string, string>>

/**
 * Reads `~/.aws/config` (or `$AWS_CONFIG_FILE`) for a profile, `default` when none is named. A profile that is named but
 * stands neither there nor in `~/.aws/credentials` is an error with exit code 255, as with the AWS CLI.
 */
export async function readAwsProfile(name: string | undefined, env: Env): Promise<ProfileSettings> {
  const config = await readSections(env.AWS_CONFIG_FILE || join(awsFolder(env), 'config'))
  const profile = name ?? 'default'
  const section = config.get(`profile ${profile}`) ?? (profile === 'default' ? config.get('default') : undefined)
  if (section === undefined && name !== undefined && name !== 'default') await refuseUnknown(name, env)
  const region = section?.get('region')
  const output = section?.get('output')
  return { ...(region ? { region } : {}), ...(output ? { output } : {}) }
}

async function refuseUnknown(name: string, env: Env): Promise<void> {
  const credentials = await readSections(env.AWS_SHARED_CREDENTIALS_FILE || join(awsFolder(env), 'credentials'))
  if (credentials.has(name)) return
  throw new UsageError(`The config profile (${name}) could not be found`, { exitCode: ExitCode.Other, bare: true })
}

function awsFolder(env: Env): string {
  return join(env.HOME || homedir(), '.aws')
}

/** `[section]` and `key = value`; an indented line belongs to the value above it, which none of ours has. */
async function readSections(path: string): Promise<Sections> {
  const sections: Sections = new Map()
  let current: Map<string, string> | undefined
  for (const line of (await textOf(path)).split(/\r?\n/)) {
    const heading = /^\[\s*(.+?)\s*\]\s*(?:[#;].*)?$/.exec(line)?.[1]
    if (heading !== undefined) {
      const name = heading.replace(/^profile\s+(['"]?)(.*)\1$/, 'profile $2')
      current = sections.get(name) ?? new Map()
      sections.set(name, current)
    }
    const [, key, value] = /^([^\s#;[=:][^=:]*?)\s*[=:]\s*(.*?)(?:\s+[#;].*)?$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) current?.set(key.toLowerCase(), value.trim())
  }
  return sections
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return '' // None, or none for us: the AWS CLI takes both for an empty one.
  }
}
