import { type Command, Option } from 'commander'
import type { RunbookSettings } from '../runbooks/context.js'
import { HOOK_NAMES, type HookName } from '../runbooks/hooks.js'
import { collecting, wholeNumber } from './argv.js'
import { createReplicator } from './aws/model.js'
import { addParameterOptions } from './aws/parameter-options.js'
import type { RunCommandOptions } from './commands/run.js'
import { UsageError } from './errors.js'

/** What the commands failover, failback and migrate share; as given, so undefined is the default. */
export interface RunbookFlags extends RunCommandOptions {
  maxMessageLag?: string
  maxLatencySeconds?: string
  maxOffsetLag?: string
  expectedGroups?: string
  samples?: string
  interval?: string
  timeout?: string
  acceptDataLoss?: true
  deep?: true
  fence?: 'acl'
  on?: string[]
  hookTimeout?: string
  /** A run, or `true` for the newest. */
  resume?: string | true
  fromStep?: string
  done?: string
  abort?: true
  anew?: true
  dryRun?: true
  yes?: true
  wide?: true
  output: 'text' | 'jsonl'
}

/** Flags that a run keeps, so that it goes on with the same when it is resumed. */
export const KEPT_FLAGS = [
  'maxMessageLag',
  'maxLatencySeconds',
  'maxOffsetLag',
  'expectedGroups',
  'samples',
  'interval',
  'timeout',
  'acceptDataLoss',
  'deep',
  'fence',
  'on',
  'hookTimeout',
  'anew',
] as const
/** Flags that are for one call alone. */
export const CALL_FLAGS = ['resume', 'fromStep', 'done', 'abort', 'dryRun', 'yes', 'wide', 'output'] as const

/** How many offsets a topic of ours may ever have is not known; this is only to catch a slip of the finger. */
const OFFSETS_MAX = 999_999_999_999

/** In what the runbooks differ. */
export interface RunbookDefaults {
  maxMessageLag: number
  /** 0 unless it says otherwise. */
  maxOffsetLag?: number
  /**
   * False where one application moves after the other: then nothing is lost, compared or fenced, and there are two
   * replicators, which files given here could not describe.
   */
  movesAll?: false
}

/** Adds them, in the order of the help. */
export function addRunbookOptions(command: Command, defaults: RunbookDefaults): void {
  const { maxMessageLag, maxOffsetLag = 0, movesAll } = defaults
  command
    .addOption(collecting(new Option('--replicator-name <names...>', 'which replicator')))
    .optionsGroup('What must hold before it goes on:')
    .option('--max-message-lag <offsets>', `source offsets that may be still to copy (${maxMessageLag})`)
    .option('--max-latency-seconds <seconds>', 'how long a record may take (90)')
    .option('--max-offset-lag <records>', `records that a group may have still to consume (${maxOffsetLag})`)
    .option('--expected-groups <number>', 'how many groups there must be (those selected on the source)')
    .option('--samples <number>', 'so many looks one after the other must find it so (3)')
    .option('--interval <seconds>', 'between two looks (5)')
    .option('--timeout <seconds>', 'each gate gives up after (3600)')
  if (movesAll !== false) {
    command
      .option('--accept-data-loss', 'go on although records that never crossed would be missing')
      .option('--deep', 'verify all records instead of the last ones')
  }
  command
    .optionsGroup('Producers and consumers:')
    .addOption(
      collecting(
        new Option('--on <name=command...>', `run a command of yours when it is time: ${HOOK_NAMES.join(', ')}`),
      ),
    )
    .option('--hook-timeout <seconds>', 'end such a command after (300)')
  if (movesAll !== false) {
    command.addOption(
      new Option('--fence <how>', 'keep producers out meanwhile: acl denies them Write').choices(['acl']),
    )
  }
  command
    .optionsGroup('This run:')
    .option('--dry-run', 'show the steps and the commands that would do the same; nothing is touched')
    .option('--wide', 'a row for every partition')
    .option('--yes', 'answer confirmations')
    .option('--resume [run]', 'go on where a run was stopped or killed: that one, or the newest')
    .option('--from-step <step>', 'begin with this step; those before are passed over')
    .option('--done <step>', 'with --resume: what this step does has been done')
    .option('--abort', 'give a run up: undo what it has changed so far, then end it')
    .option('--anew', 'begin another run although one is unfinished')
    .addOption(
      new Option('--output <format>', 'text, or jsonl: one event a line').choices(['text', 'jsonl']).default('text'),
    )
  if (movesAll === false) return
  command.optionsGroup('Straight from the files, as run takes them:')
  addParameterOptions(command, createReplicator, ['ReplicatorName'])
  command.option('--connections <file>', 'how to reach the clusters, and where secrets are: file://connections.json')
}

/** Refuses what cannot be meant together. Throws UsageError. */
export function checkCallFlags({ resume, done, fromStep, abort, anew, dryRun }: RunbookFlags): void {
  const refuse = (option: string, why: string) => {
    throw new UsageError(`argument ${option}: ${why}`, { showUsage: true })
  }
  if (done !== undefined && resume === undefined) refuse('--done', 'only with --resume')
  for (const [name, value] of Object.entries({ done, 'from-step': fromStep, anew, 'dry-run': dryRun })) {
    if (abort && value !== undefined) refuse('--abort', `not together with --${name}`)
  }
  if (anew && resume !== undefined) refuse('--anew', 'not together with --resume')
  if (dryRun && resume !== undefined) refuse('--dry-run', 'not together with --resume')
}

/** The thresholds, in their units. Throws UsageError for what is out of range. */
export function settingsOf(flags: RunbookFlags, defaults: RunbookDefaults): RunbookSettings {
  const offsets = { most: OFFSETS_MAX }
  const { expectedGroups } = flags
  return {
    maxMessageLag: count('--max-message-lag', flags.maxMessageLag, defaults.maxMessageLag, offsets),
    maxLatencySeconds: count('--max-latency-seconds', flags.maxLatencySeconds, 90),
    maxOffsetLag: count('--max-offset-lag', flags.maxOffsetLag, defaults.maxOffsetLag ?? 0, offsets),
    expectedGroups: expectedGroups === undefined ? undefined : wholeNumber('--expected-groups', expectedGroups),
    samples: count('--samples', flags.samples, 3, { least: 1 }),
    intervalMs: 1_000 * count('--interval', flags.interval, 5, { least: 1 }),
    timeoutMs: 1_000 * count('--timeout', flags.timeout, 3_600),
    acceptDataLoss: flags.acceptDataLoss === true,
    deepVerify: flags.deep === true,
    fence: flags.fence,
    takesOver: flags.anew === true,
  }
}

/** The user's commands, and how long each may take. Throws UsageError for a name that there is not, or one given twice. */
export function hooksOf({ on = [], hookTimeout }: RunbookFlags) {
  const commands: Partial<Record<HookName, string>> = {}
  for (const text of on) {
    const [, given, command = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
    const name = HOOK_NAMES.find(known => known === given)
    if (name === undefined || command.trim() === '') {
      throw new UsageError(`argument --on: '${text}' is not <name>=<command>`, {
        fix: `The names: ${HOOK_NAMES.join(', ')}. For example --on stop-producers='kubectl scale --replicas=0 …'`,
        showUsage: true,
      })
    }
    if (commands[name] !== undefined) {
      throw new UsageError(`argument --on: ${name} is given twice`, { showUsage: true })
    }
    commands[name] = command
  }
  return { commands, timeoutMs: 1_000 * count('--hook-timeout', hookTimeout, 300, { least: 1 }) }
}

function count(
  option: string,
  text: string | undefined,
  byDefault: number,
  range: { least?: number; most?: number } = {},
) {
  return text === undefined ? byDefault : wholeNumber(option, text, range)
}
