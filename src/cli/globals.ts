import { ExitCode } from '../errors.js'
import type { ProfileSettings } from './aws-profile.js'
import { UsageError } from './errors.js'

/** The AWS CLI's options that every command takes, before or after the command's name. */
export interface GlobalOptions {
  output: OutputFormat
  query: string | undefined
  region: string | undefined
  profile: string | undefined
  endpointUrl: string | undefined
  color: 'on' | 'off' | 'auto'
  /** Stack traces with errors that are our own fault. */
  debug: boolean
  /** Whether the pages of a list are put together. */
  paginate: boolean
}

export type OutputFormat = (typeof OUTPUT_FORMATS)[number]
const OUTPUT_FORMATS = ['json', 'text', 'table', 'yaml', 'yaml-stream', 'off'] as const

/** How an error is shown; `enhanced`, the default, is text with its details below. */
export type ErrorFormat = (typeof ERROR_FORMATS)[number]
export const ERROR_FORMATS = ['legacy', 'json', 'yaml', 'text', 'table', 'enhanced'] as const

export interface GlobalOptionRow {
  name: string
  /** The placeholder of its value; undefined for a switch. */
  value?: string
  choices?: readonly string[]
  /** Undefined for what is taken so that pasted AWS commands work, but changes nothing here. */
  help?: string
}

/** In the order of the help text. */
export const GLOBAL_OPTIONS: readonly GlobalOptionRow[] = [
  { name: '--output', value: 'format', choices: OUTPUT_FORMATS, help: 'json (default), yaml, text, table, off' },
  { name: '--query', value: 'jmespath', help: 'show only the part of the answer that this JMESPath selects' },
  { name: '--region', value: 'region', help: 'the region in ARNs of new replicators, and of calls to AWS' },
  { name: '--profile', value: 'name', help: 'the AWS profile for calls to AWS (bootstrap brokers, secrets)' },
  { name: '--endpoint-url', value: 'url', help: 'another address for those calls' },
  { name: '--color', value: 'when', choices: ['on', 'off', 'auto'], help: 'on, off or auto (default; obeys NO_COLOR)' },
  { name: '--debug', help: 'show stack traces' },
  { name: '--version', help: 'show the version' },
  { name: '--no-paginate', help: 'of a list, only the first page' },
  {
    name: '--cli-error-format',
    value: 'format',
    choices: ERROR_FORMATS,
    help: 'how errors look: enhanced (default), …',
  },
  { name: '--no-cli-pager' },
  { name: '--no-verify-ssl' },
  { name: '--no-sign-request' },
  { name: '--ca-bundle', value: 'file' },
  { name: '--cli-read-timeout', value: 'seconds' },
  { name: '--cli-connect-timeout', value: 'seconds' },
  { name: '--cli-binary-format', value: 'format', choices: ['base64', 'raw-in-base64-out'] },
  { name: '--cli-auto-prompt' },
  { name: '--no-cli-auto-prompt' },
]

export const NO_GLOBALS: GlobalOptions = {
  output: 'json',
  query: undefined,
  region: undefined,
  profile: undefined,
  endpointUrl: undefined,
  color: 'auto',
  debug: false,
  paginate: true,
}

/**
 * Checks the values and fills in what is not given: the command line wins over the environment, that over the profile.
 * Throws UsageError.
 */
export async function readGlobals(
  given: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
  readProfile: (name: string | undefined) => Promise<ProfileSettings>,
): Promise<GlobalOptions> {
  for (const { name, choices } of GLOBAL_OPTIONS) {
    const value = given.get(name)
    if (value !== undefined && choices !== undefined && !choices.includes(value)) {
      throw new UsageError(`argument ${name}: Found invalid choice '${value}'`, {
        fix: `It must be one of: ${choices.join(', ')}.`,
        showUsage: true,
      })
    }
  }
  const endpointUrl = given.get('--endpoint-url')
  if (endpointUrl !== undefined && !/^https?:\/\//.test(endpointUrl)) {
    throw new UsageError(
      `Bad value for --endpoint-url "${endpointUrl}": scheme is missing.  Must be of the form http://<hostname>/ or https://<hostname>/`,
    )
  }
  const profile = given.get('--profile') ?? (env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE || undefined)
  const settings = await readProfile(profile)
  const region = given.get('--region') ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || settings.region)
  return {
    output: outputFormat(given.get('--output') ?? (env.AWS_DEFAULT_OUTPUT || settings.output)),
    query: given.get('--query'),
    region: checkedRegion(region),
    profile,
    endpointUrl,
    color: (given.get('--color') ?? 'auto') as GlobalOptions['color'],
    debug: given.has('--debug'),
    paginate: !given.has('--no-paginate'),
  }
}

function outputFormat(wanted: string | undefined): OutputFormat {
  if (wanted === undefined || wanted === '') return 'json'
  const known = OUTPUT_FORMATS.find(format => format === wanted)
  if (known !== undefined) return known
  throw new UsageError(`Unknown output type: ${wanted}`, {
    exitCode: ExitCode.Other,
    fix: `AWS_DEFAULT_OUTPUT, or output in the AWS config file, must be one of: ${OUTPUT_FORMATS.join(', ')}.`,
  })
}

function checkedRegion(region: string | undefined): string | undefined {
  if (region === undefined || /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(region)) return region
  throw new UsageError(`Provided region_name '${region}' doesn't match a supported format.`, {
    exitCode: ExitCode.Other,
    bare: true,
  })
}
