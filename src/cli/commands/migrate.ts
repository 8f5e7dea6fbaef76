import { type Command, Option } from 'commander'
import { OWN_GROUP } from '../command-groups.js'
import type { MigrateFlags } from '../migrate-kind.js'
import { addRunbookOptions } from '../runbook-options.js'
import type { Shell } from '../shell.js'

const EXAMPLES = `  kafka-replicator migrate --replicator-name there --replicator-name back
  kafka-replicator migrate --replicator-name there --replicator-name back \\
    --group billing --yes \\
    --on stop-consumers='./scale east billing 0' \\
    --on start-consumers='./scale west billing 3'
  kafka-replicator migrate --replicator-name there --replicator-name back \\
    --group billing --back
  kafka-replicator migrate --replicator-name there --replicator-name back \\
    --producers
  kafka-replicator migrate --replicator-name there --replicator-name back \\
    --finish`

const DESCRIPTION = `Moves applications from one cluster to another, one after the other and in any
order, with two replicators that run meanwhile: the first goes there, the second
back. Both keep topic names (IDENTICAL) and move groups both ways (ENHANCED).
Alone it waits until applications may move, and shows where they are.

  --group      one consumer group: its consumers stop, it begins on the other
               side where it left off, and they start there
  --producers  they stop, all that they wrote is on the other side, they start
               there
  --back       with either of them: the other way
  --finish     all have moved: no group is left on the old cluster, nobody
               writes to it, and both replicators are deleted

Before a move all of this must hold of both replicators (--ready aws-blog): it
runs, no partition is held, both clusters answer; lag and latency are within their
bounds; every group can be brought over, and is there; the lag of all groups
together is low on both sides, and does not grow. With --ready aws-guide: message
lag 0, no partition is held, every group can be brought over.

Where somebody must act, it asks; with --on a command of yours does it, and finds
the group in KAFKA_REPLICATOR_GROUP. Without a terminal it stops there with 6.
Stopped or killed at any point, --resume goes on and repeats nothing.`

const AFTER = `
Exit codes: 0 ready or moved, 1 not possible now, 4 not so before --timeout,
5 it would read again what was consumed, or another runbook is under way,
6 waits for a person, 130 interrupted (SIGTERM: 143), 252 the two are not each
other's way back, 254 a broker or a command failed. Everything is kept in the
folder that the run names.
`

/** `migrate`: applications move one by one. */
export function addMigrate(program: Command, shell: Shell): void {
  const command = program
    .command('migrate')
    .summary('move applications one by one, and back, between two clusters')
    .description(DESCRIPTION)
    .helpGroup(OWN_GROUP)
    .addHelpText('before', `Examples:\n${EXAMPLES}\n`)
    .addHelpText('after', AFTER)
    .option('--group <group>', 'move this consumer group')
    .option('--producers', 'move the producers')
    .option('--back', 'the other way: from the new cluster to the old one')
    .option('--finish', 'all have moved: delete both replicators')
    .addOption(
      new Option('--ready <list>', 'what must hold before a move: of the AWS blog (default), or of the guide').choices([
        'aws-guide',
        'aws-blog',
      ]),
    )
  addRunbookOptions(command, { maxMessageLag: 1_000, maxOffsetLag: 1_000, movesAll: false })
  command.action(async (flags: MigrateFlags) => {
    const { checkMigrateFlags, MIGRATE } = await import('../migrate-kind.js')
    checkMigrateFlags(flags)
    const { runRunbookCommand } = await import('../run-runbook-command.js')
    await runRunbookCommand(MIGRATE, flags, shell)
  })
}
