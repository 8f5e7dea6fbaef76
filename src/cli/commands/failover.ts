import type { Command } from 'commander'
import { OWN_GROUP } from '../command-groups.js'
import type { BuiltRunbook, RunbookGiven, RunbookKind } from '../runbook-kind.js'
import { addRunbookOptions, hooksOf, type RunbookFlags } from '../runbook-options.js'
import type { Shell } from '../shell.js'

const EXAMPLES = `  kafka-replicator failover --replicator-name orders-dr --dry-run
  kafka-replicator failover --replicator-name orders-dr
  kafka-replicator failover --replicator-name orders-dr --fence acl --yes \\
    --on stop-producers='./shop.sh stop east' \\
    --on start-producers='./shop.sh start west'
  kafka-replicator failover --replicator-name orders-dr --unplanned
  kafka-replicator failover --replicator-name orders-dr --resume`

const DESCRIPTION = `Moves the applications of a replicator from its source to its target, step by
step; each step is proved before the next begins. The replicator itself has to
run meanwhile, here or elsewhere.

Planned: producers are stopped, and the ends of the source's logs stand still;
everything is on the target; every consumer group stands there where it left
off, and is frozen so; both clusters are compared; then consumers and producers
start on the target.

With --unplanned, when the source is lost: it says what is missing on the
target, refuses to go on while records would be lost (--accept-data-loss), and
stops the copying, so that nothing slips in later.

Where somebody must act, it asks; with --on a command of yours does it. Without
a terminal it stops there with 6. Stopped or killed at any point, --resume goes
on and repeats nothing. --abort undoes what it has changed.`

const AFTER = `
Exit codes: 0 done, 1 not possible now, 4 a gate did not hold before --timeout,
5 it would lose data or another runbook is under way, 6 waits for a person, 130
interrupted (SIGTERM: 143), 254 a broker or a command failed. The last line says
how to go on. Everything is kept in the folder that it names: journal, tables,
what your commands said, report.md.
`

interface FailoverFlags extends RunbookFlags {
  unplanned?: true
}

/** `failover`: the applications leave the source for the target. */
export function addFailover(program: Command, shell: Shell): void {
  const command = program
    .command('failover')
    .summary('move the applications to the target, each step proved')
    .description(DESCRIPTION)
    .helpGroup(OWN_GROUP)
    .addHelpText('before', `Examples:\n${EXAMPLES}\n`)
    .addHelpText('after', AFTER)
    .option('--unplanned', 'the source is lost')
  addRunbookOptions(command, FAILOVER.defaults)
  command.action(async (flags: FailoverFlags) => {
    const { runRunbookCommand } = await import('../run-runbook-command.js')
    await runRunbookCommand(FAILOVER, flags, shell)
  })
}

const FAILOVER: RunbookKind<FailoverFlags> = {
  name: 'failover',
  replicators: 1,
  defaults: { maxMessageLag: 0 },
  ownFlags: ['unplanned'],
  build: given => (given.flags.unplanned ? unplanned(given) : planned(given)),
  undo,
}

async function planned({ requests, flags, settings }: RunbookGiven<FailoverFlags>): Promise<BuiltRunbook> {
  const { plannedFailover } = await import('../../runbooks/failover/planned-steps.js')
  const { name, source, target, way } = namesOf(requests)
  return {
    purpose: `Moves the applications from ${source} to ${target}; each step is proved before the next begins.`,
    steps: plannedFailover(way, hooksOf(flags).commands, settings.fence === 'acl'),
    next: {
      text: `The applications are on ${target}. Groups stay frozen there until they come back. How it stands:`,
      command: `kafka-replicator status --replicator-name ${name}`,
    },
  }
}

async function unplanned({ requests, flags }: RunbookGiven<FailoverFlags>): Promise<BuiltRunbook> {
  const { unplannedFailover } = await import('../../runbooks/failover/unplanned-steps.js')
  const { name, source, target, way } = namesOf(requests)
  return {
    purpose: `Moves the applications to ${target} because ${source} is lost, with what is on ${target} now.`,
    steps: unplannedFailover(way, hooksOf(flags).commands),
    next: {
      text: `The applications are on ${target}; nothing is copied any more. When ${source} is back, see what never crossed:`,
      command: `kafka-replicator status --replicator-name ${name}`,
    },
  }
}

async function undo({ requests }: RunbookGiven<FailoverFlags>): Promise<BuiltRunbook> {
  const { undoFailover } = await import('../../runbooks/failover/undo-steps.js')
  const { name, source, target } = namesOf(requests)
  return {
    purpose: 'Gives the failover up: undoes what it has changed so far.',
    steps: undoFailover(target),
    next: {
      text: `Start again on ${source} what was stopped for it. If the replicator does not run, start it with:`,
      command: `kafka-replicator run --replicator-name ${name}`,
    },
  }
}

function namesOf([request]: RunbookGiven<FailoverFlags>['requests']) {
  if (request === undefined) throw new Error('a failover without a replicator')
  const { name, source, target } = request.options
  return { name, source: source.alias, target: target.alias, way: request.options }
}
