import type { Command, Option } from 'commander'
import { nearest } from '../ui/nearest.js'
import { UsageError } from './errors.js'
import { GLOBAL_OPTIONS } from './globals.js'

/** The command line sorted out: what holds for every command, which command, and what is for it alone. */
export interface SortedArgv {
  globals: Map<string, string>
  /** Undefined when none was given. */
  command: string | undefined
  /** The command's own arguments, option names in full and one value each (`--name=value`), ready for commander. */
  args: string[]
  help: boolean
}

export interface KnownOption {
  name: string
  /** How many values follow: none, one, one if there is one, or all up to the next option. */
  values: 'none' | 'one' | 'maybe' | 'many'
  global: boolean
  /** A repetition adds instead of replacing. */
  collects: boolean
}

/**
 * Reads the arguments as the AWS CLI does: global options stand anywhere, a unique beginning of an option's name
 * will do, of a repeated option the last one holds, and the word `kafka` in front of the command may be there.
 */
export function sortArgv(argv: readonly string[], findCommand: (name: string) => Command | undefined): SortedArgv {
  const sorted: SortedArgv = { globals: new Map(), command: undefined, args: [], help: false }
  const options = new Map<string, string[]>()
  const positionals: string[] = []
  const unknown: string[] = []
  let known = knownOptions(undefined)
  const queue = [...argv]
  for (let token = queue.shift(); token !== undefined; token = queue.shift()) {
    if (token === '--') {
      positionals.push(...queue.splice(0))
    } else if (token === '-h' || token === '--help') {
      sorted.help = true
    } else if (token.startsWith('--')) {
      readOption(token, queue, { known, globals: sorted.globals, options, unknown })
    } else if (sorted.command === undefined && (token !== 'kafka' || positionals.length > 0)) {
      sorted.command = token
      known = knownOptions(findCommand(token))
    } else if (token === 'kafka' && sorted.command === undefined) {
      // The AWS CLI's service word: `kafka create-replicator` is `create-replicator`.
    } else positionals.push(token)
  }
  const isHelpWord = positionals.length === 1 && positionals[0] === 'help' && sorted.command !== 'help'
  if (isHelpWord) sorted.help = true
  if (unknown.length > 0 && !sorted.help) throw unknownOptions(unknown, known)
  for (const [name, values] of options) {
    sorted.args.push(...(values.length === 0 ? [name] : values.map(value => `${name}=${value}`)))
  }
  if (positionals.length > 0 && !isHelpWord) sorted.args.push('--', ...positionals)
  return sorted
}

interface Places {
  known: KnownOption[]
  globals: Map<string, string>
  options: Map<string, string[]>
  unknown: string[]
}

function readOption(token: string, queue: string[], places: Places): void {
  const equals = token.indexOf('=')
  const flag = equals < 0 ? token : token.slice(0, equals)
  const option = resolve(flag, places.known)
  if (option === undefined) {
    places.unknown.push(token)
    while (queue.length > 0 && !looksLikeOption(queue[0])) places.unknown.push(queue.shift() ?? '')
    return
  }
  const values = equals < 0 ? takeValues(option, queue) : [token.slice(equals + 1)]
  if (option.values === 'none' && values.length > 0) {
    throw new UsageError(`argument ${option.name}: ignored explicit argument '${values[0]}'`, { showUsage: true })
  }
  if (option.global) places.globals.set(option.name, values[0] ?? '')
  else
    places.options.set(option.name, option.collects ? [...(places.options.get(option.name) ?? []), ...values] : values)
}

function takeValues(option: KnownOption, queue: string[]): string[] {
  if (option.values === 'none') return []
  const values: string[] = []
  const most = option.values === 'many' ? Number.POSITIVE_INFINITY : 1
  while (values.length < most && queue.length > 0 && !looksLikeOption(queue[0])) values.push(queue.shift() ?? '')
  if (values.length === 0 && option.values !== 'maybe') {
    const count = option.values === 'many' ? 'at least one argument' : 'one argument'
    throw new UsageError(`argument ${option.name}: expected ${count}`, { showUsage: true })
  }
  return values
}

/** A dash begins an option, unless a number or nothing follows it. */
function looksLikeOption(token: string | undefined): boolean {
  return token?.startsWith('-') === true && token !== '-' && !/^-\d+(\.\d+)?$/.test(token)
}

function resolve(flag: string, known: KnownOption[]): KnownOption | undefined {
  const exact = known.find(option => option.name === flag)
  if (exact !== undefined) return exact
  const matches = known.filter(option => option.name.startsWith(flag))
  if (matches.length < 2) return matches[0]
  const names = matches.map(option => option.name).join(', ')
  throw new UsageError(`ambiguous option: ${flag} could match ${names}`, { showUsage: true })
}

function unknownOptions(tokens: string[], known: KnownOption[]): UsageError {
  const flag = (tokens[0] ?? '').replace(/=.*/s, '')
  const meant = nearest(
    flag,
    known.map(option => option.name),
  )
  return new UsageError(`Unknown options: ${tokens.join(', ')}`, {
    bare: true,
    showUsage: true,
    fix: meant === undefined ? undefined : `Maybe you meant: ${meant}`,
  })
}

/** What may stand behind this command (or before any), global options included. */
export function knownOptions(command: Command | undefined): KnownOption[] {
  const own = (command?.options ?? []).flatMap(option => (option.long ? [fromCommander(option, option.long)] : []))
  const shared = GLOBAL_OPTIONS.map(
    ({ name, value }): KnownOption => ({
      name,
      values: value === undefined ? 'none' : 'one',
      global: true,
      collects: false,
    }),
  )
  // A command's own option hides a global one of the same name.
  return [...own, ...shared.filter(option => !own.some(({ name }) => name === option.name))]
}

function fromCommander(option: Option, name: string): KnownOption {
  const one = option.required ? 'one' : option.optional ? 'maybe' : 'none'
  const collects = COLLECTING in option && option[COLLECTING] === true
  return { name, values: option.variadic ? 'many' : one, global: false, collects }
}

const COLLECTING = Symbol('collecting')

/** Marks a variadic option whose repetitions add up (`run --replicator-name a --replicator-name b`). */
export function collecting(option: Option): Option {
  return Object.assign(option, { [COLLECTING]: true })
}

/** The value of an option that counts something, within these bounds. Throws UsageError for anything else. */
export function wholeNumber(option: string, text: string, { least = 0, most = 999_999 } = {}): number {
  const value = Number(text)
  if (/^\d{1,15}$/.test(text) && value >= least && value <= most) return value
  throw new UsageError(`argument ${option}: '${text}' is not a whole number from ${least} to ${most}`, {
    showUsage: true,
  })
}
