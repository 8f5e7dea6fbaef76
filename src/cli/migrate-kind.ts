import { registryHome } from '../registry/home.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import type { FinishParts } from '../runbooks/migrate/finish.js'
import type { ReadyCriteria } from '../runbooks/migrate/readiness.js'
import type { WhereParts } from '../runbooks/migrate/where.js'
import { RunbookFolder } from '../runbooks/runbook-folder.js'
import type { Step } from '../runbooks/step.js'
import { namedDefinitions, requestsOf } from './commands/run.js'
import { UsageError } from './errors.js'
import type { RunRequest } from './run-replicators.js'
import { wrongNumber } from './run-runbook-command.js'
import { type BuiltRunbook, mainOf, type RunbookGiven, type RunbookKind } from './runbook-kind.js'
import { hooksOf, type RunbookFlags } from './runbook-options.js'
import { type Shell, wantsUnicode } from './shell.js'

export interface MigrateFlags extends RunbookFlags {
  group?: string
  producers?: true
  back?: true
  finish?: true
  ready?: 'aws-guide' | 'aws-blog'
}

type Given = RunbookGiven<MigrateFlags>

/** `migrate`: applications move one by one between two clusters that copy each other. */
export const MIGRATE: RunbookKind<MigrateFlags> = {
  name: 'migrate',
  replicators: 2,
  // Applications go on while one moves, so their groups are never quite at the end.
  defaults: { maxMessageLag: 1_000, maxOffsetLag: 1_000, movesAll: false },
  ownFlags: ['group', 'producers', 'back', 'finish', 'ready'],
  requestsOf: bothOrTheLast,
  wayOf,
  hookEnvironment: ({ group }): Record<string, string> =>
    group === undefined ? {} : { KAFKA_REPLICATOR_GROUP: group },
  build,
  undo,
}

/** Refuses what cannot be meant together. Throws UsageError. */
export function checkMigrateFlags({ group, producers, back, finish, ready, resume }: MigrateFlags): void {
  const refuse = (option: string, why: string) => {
    throw new UsageError(`argument ${option}: ${why}`, { showUsage: true })
  }
  const moves = Object.entries({ group, producers, finish }).filter(([, value]) => value !== undefined)
  if (moves[1] !== undefined) refuse(`--${moves[1][0]}`, `not together with --${moves[0]?.[0]}`)
  for (const [name, value] of Object.entries({ group, producers, finish, back, ready })) {
    if (resume !== undefined && value !== undefined) refuse(`--${name}`, 'not with --resume: a run keeps what it does')
  }
  if (back && group === undefined && !producers) refuse('--back', 'only with --group or --producers')
}

/** Both by their names. A run that is finishing may have deleted the second one already. */
async function bothOrTheLast(given: MigrateFlags, shell: Shell): Promise<RunRequest[]> {
  const names = [...new Set(given.replicatorName)]
  const [there, back] = names
  if (names.length !== 2 || there === undefined || back === undefined) throw wrongNumber(MIGRATE)
  const mayBeGone = given.finish === true || given.abort === true || given.resume !== undefined
  const registry = await shell.registry()
  const isGone = mayBeGone && (await registry.find(back)) === undefined && (await registry.find(there)) !== undefined
  return await requestsOf(isGone ? { ...given, replicatorName: [there] } : given, shell)
}

/** The replicator that goes where the application goes. */
function wayOf(requests: readonly RunRequest[], { back }: MigrateFlags): ReplicatorOptions {
  return (back ? requests[1]?.options : undefined) ?? mainOf(requests)
}

async function build(given: Given): Promise<BuiltRunbook> {
  const { requests, flags, settings, shell } = given
  const { READY_PRESETS, readyCriteria } = await import('../runbooks/migrate/readiness.js')
  const preset = READY_PRESETS.find(known => known === flags.ready) ?? 'aws-blog'
  const criteria = readyCriteria(preset, settings, flags.maxMessageLag !== undefined)
  const there = mainOf(requests)
  const back = requests[1]?.options
  if (back !== undefined) await refuseUnlessBothWays(there, back)
  if (flags.finish) return await finish(given, criteria)
  if (back === undefined) {
    // It was let pass for a run that finishes, and this is none: says which name is missing.
    await namedDefinitions(flags.replicatorName ?? [], shell)
    throw wrongNumber(MIGRATE)
  }
  const { untilReady } = await import('../runbooks/migrate/ready-step.js')
  const { sayWhere } = await import('../runbooks/migrate/where.js')
  const seen = sayWhere({ there, back, ...(await whatIsSeen(shell)) })
  return { ...whatItDoes(given), steps: [untilReady([there, back], criteria), ...(await moves(given, back)), seen] }
}

async function finish({ requests, shell }: Given, criteria: ReadyCriteria): Promise<BuiltRunbook> {
  const { finishMigration } = await import('../runbooks/migrate/finish.js')
  const there = mainOf(requests)
  const parts: FinishParts = {
    there,
    back: requests[1]?.options,
    definitions: { there: requests[0]?.definition, back: requests[1]?.definition },
    remove: definition => remove(definition, shell),
  }
  const [from, to] = [there.source.alias, there.target.alias]
  return {
    purpose: `Ends the migration to ${to}: proves that nothing is left on ${from}, and deletes both replicators.`,
    steps: finishMigration(parts, criteria),
    next: {
      text: `The migration to ${to} is finished. What replicators are left:`,
      command: 'kafka-replicator list-replicators',
    },
  }
}

async function moves({ requests, flags }: Given, back: ReplicatorOptions): Promise<Step[]> {
  const { commands } = hooksOf(flags)
  const way = wayOf(requests, flags)
  if (flags.group !== undefined) {
    const { moveGroup } = await import('../runbooks/migrate/move-group.js')
    const other = flags.back ? mainOf(requests) : back
    return moveGroup(flags.group, way, other, commands)
  }
  if (!flags.producers) return []
  const { moveProducers } = await import('../runbooks/migrate/move-producers.js')
  return moveProducers(way, commands)
}

function whatItDoes({ requests, flags }: Given): Pick<BuiltRunbook, 'purpose' | 'next'> {
  const { source, target } = wayOf(requests, flags)
  const names = requests.map(({ options }) => `--replicator-name ${options.name}`).join(' ')
  const who = flags.group ?? (flags.producers ? 'the producers' : undefined)
  if (who === undefined) {
    return {
      purpose: `Shows whether applications may move between ${source.alias} and ${target.alias}, and where they are.`,
      next: {
        text: 'Applications may move. One consumer group moves with:',
        command: `kafka-replicator migrate ${names} --group <group>`,
      },
    }
  }
  return {
    purpose: `Moves ${who} from ${source.alias} to ${target.alias}; each step is proved before the next begins.`,
    next: {
      text: `Moved: ${who}, to ${target.alias}. Move the next one, or see where all are with:`,
      command: `kafka-replicator migrate ${names}`,
    },
  }
}

async function undo({ requests, flags }: Given): Promise<BuiltRunbook> {
  const { undoMigration } = await import('../runbooks/migrate/undo-steps.js')
  const { source } = wayOf(requests, flags)
  const names = requests.map(({ options }) => `--replicator-name ${options.name}`).join(' ')
  return {
    purpose: 'Gives the move up. The replicators were asked for nothing, so both go on as they did.',
    steps: undoMigration,
    next: {
      text: `What was stopped for it may start again on ${source.alias}. Where all are:`,
      command: `kafka-replicator migrate ${names}`,
    },
  }
}

async function refuseUnlessBothWays(there: ReplicatorOptions, back: ReplicatorOptions): Promise<void> {
  const { whyNotBothWays } = await import('../runbooks/migrate/ways.js')
  const why = whyNotBothWays({ there, back })
  if (why === undefined) return
  throw new UsageError(`argument --replicator-name: ${why}`, {
    fix: 'migrate takes two replicators of the same topics, one each way, that are IDENTICAL and ENHANCED.',
  })
}

async function whatIsSeen(shell: Shell): Promise<Pick<WhereParts, 'runs' | 'table'>> {
  const { whereTable } = await import('../ui/where-table.js')
  const { env, stdout } = shell
  const folder = new RunbookFolder(registryHome(env))
  const look = { width: stdout.columns, height: undefined, color: false, unicode: wantsUnicode(env) }
  return {
    runs: async () => (await folder.list()).runs,
    table: (rows, clusters) => whereTable(rows, clusters, look),
  }
}

async function remove(definition: NonNullable<RunRequest['definition']>, shell: Shell): Promise<string | undefined> {
  const registry = await shell.registry()
  const found = await registry.find(definition.Request.ReplicatorName)
  // Another one of that name is none of ours.
  if (found?.ReplicatorArn === definition.ReplicatorArn) await registry.delete(definition.ReplicatorArn, undefined)
  const { forgetDeleted } = await import('./replicator-states.js')
  return await forgetDeleted(definition, shell)
}
