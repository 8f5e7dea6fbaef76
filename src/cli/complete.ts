import type { Command } from 'commander'
import { HOOK_NAMES } from '../runbooks/hooks.js'
import { type KnownOption, knownOptions } from './argv.js'
import { COMPLETION_SCRIPTS } from './completion-scripts.js'
import { filesBehindUri } from './files-behind-uri.js'
import { GLOBAL_OPTIONS } from './globals.js'
import { HELP_TOPICS } from './help-topics.js'
import type { Shell } from './shell.js'

/** What may be typed next. */
export interface Candidate {
  value: string
  help?: string
}

/** Where file names are wanted that the shell completes itself. */
export const FILES = 'files'
type Answer = readonly Candidate[] | typeof FILES

const FILE_URIS = [
  '--kafka-clusters',
  '--replication-info-list',
  '--log-delivery',
  '--connections',
  '--cli-input-json',
  '--cli-input-yaml',
]
const PLAIN_FILES = ['--ca-bundle']

/** Where in the line the cursor is. */
interface Place {
  command: Command | undefined
  /** The option whose value may be typed. */
  option: KnownOption | undefined
  /** Options that have been given. */
  given: Set<string>
  positionals: number
  onlyPositionals: boolean
}

/**
 * What may stand where the cursor is, narrowed to what begins as the last word does. `words` are those behind the
 * command's name, the last one as far as it is typed. Reads the registry and folders, never a cluster.
 */
export async function complete(words: readonly string[], program: Command, shell: Shell): Promise<Answer> {
  const current = words.at(-1) ?? ''
  const place = placeOf(words.slice(0, -1), program)
  const known = knownOptions(place.command)
  const equals = current.indexOf('=')
  if (!place.onlyPositionals && current.startsWith('--') && equals > 0) {
    const name = current.slice(0, equals)
    const values = await valuesOf(resolve(name, known), current.slice(equals + 1), place, shell)
    return values === FILES ? FILES : values.map(({ value, help }) => withHelp(`${name}=${value}`, help))
  }
  if (!place.onlyPositionals && current.startsWith('-')) return beginning(current, optionsFor(place, known))
  const values = await valuesOf(place.option, current, place, shell)
  if (values === FILES || place.option?.values === 'one') return values
  const positionals = positionalsFor(place, program)
  return positionals === FILES ? FILES : beginning(current, [...values, ...positionals])
}

/** Goes over the words as `sortArgv` does, but bears with whatever is not finished or wrong. */
function placeOf(words: readonly string[], program: Command): Place {
  const place: Place = {
    command: undefined,
    option: undefined,
    given: new Set(),
    positionals: 0,
    onlyPositionals: false,
  }
  for (const word of words) {
    if (place.onlyPositionals) place.positionals++
    else if (word === '--') place.onlyPositionals = true
    else if (word.startsWith('--')) {
      const [name = ''] = word.split('=')
      const option = resolve(name, knownOptions(place.command))
      place.given.add(option?.name ?? name)
      place.option = word.includes('=') || option?.values === 'none' ? undefined : option
    } else if (place.option !== undefined) {
      if (place.option.values !== 'many') place.option = undefined
    } else if (place.command !== undefined) place.positionals++
    else place.command = program.commands.find(command => command.name() === word)
  }
  if (place.onlyPositionals) place.option = undefined
  return place
}

function resolve(name: string, known: readonly KnownOption[]): KnownOption | undefined {
  const matches = known.filter(option => option.name.startsWith(name))
  return known.find(option => option.name === name) ?? (matches.length === 1 ? matches[0] : undefined)
}

function optionsFor({ command, given }: Place, known: readonly KnownOption[]): Candidate[] {
  const helps = new Map([
    ...GLOBAL_OPTIONS.map(({ name, help }) => [name, help] as const),
    ...(command?.options ?? []).map(({ long, description }) => [long ?? '', description] as const),
  ])
  const told = known.filter(({ name, collects }) => helps.get(name) !== undefined && (collects || !given.has(name)))
  return [...told.map(({ name }) => withHelp(name, helps.get(name))), { value: '--help', help: 'show help' }]
}

function positionalsFor({ command, positionals }: Place, program: Command): Answer {
  const visible = program.createHelp().visibleCommands(program)
  const commands = visible.map(other => withHelp(other.name(), other.summary()))
  switch (command?.name()) {
    case undefined:
      return commands
    case 'validate':
      return FILES
    case 'help':
      return positionals > 0 ? [] : [...commands, ...Object.keys(HELP_TOPICS).map(value => ({ value }))]
    case 'completion':
      return positionals > 0 ? [] : Object.keys(COMPLETION_SCRIPTS).map(value => ({ value }))
    default:
      return []
  }
}

async function valuesOf(
  option: KnownOption | undefined,
  typed: string,
  { command }: Place,
  shell: Shell,
): Promise<Answer> {
  if (option === undefined) return []
  const { name } = option
  if (FILE_URIS.includes(name)) return filesBehindUri(typed, shell.workingDirectory)
  if (PLAIN_FILES.includes(name)) return FILES
  if (name === '--on')
    return beginning(
      typed,
      HOOK_NAMES.map(hook => ({ value: `${hook}=` })),
    )
  const own = command?.options.find(({ long }) => long === name)
  const choices = own === undefined ? GLOBAL_OPTIONS.find(row => row.name === name)?.choices : own.argChoices
  if (choices !== undefined)
    return beginning(
      typed,
      choices.map(value => ({ value })),
    )
  return beginning(typed, await replicators(name, command, shell))
}

/** Registered replicators, where their names or ARNs are wanted; a new one's name cannot be known. */
async function replicators(option: string, command: Command | undefined, shell: Shell): Promise<Candidate[]> {
  const byName = /^--replicator-name(-filter)?$/.test(option) && command?.name() !== 'create-replicator'
  if (!byName && option !== '--replicator-arn' && option !== '--resource-arn') return []
  const { definitions } = await (await shell.registry()).list()
  return definitions.map(({ Request, ReplicatorArn }) => ({ value: byName ? Request.ReplicatorName : ReplicatorArn }))
}

function beginning(typed: string, candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(typed))
}

function withHelp(value: string, help: string | undefined): Candidate {
  return help === undefined || help === '' ? { value } : { value, help }
}
