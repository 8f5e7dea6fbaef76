import { type Command, Option } from 'commander'
import type { TailChoice } from '../../runbooks/failback/tail.js'
import { OWN_GROUP } from '../command-groups.js'
import type { RunRequest } from '../run-replicators.js'
import type { BuiltRunbook, RunbookGiven, RunbookKind } from '../runbook-kind.js'
import { addRunbookOptions, hooksOf, type RunbookFlags } from '../runbook-options.js'
import type { Shell } from '../shell.js'

const EXAMPLES = `  kafka-replicator failback --replicator-name orders-dr --dry-run
  kafka-replicator failback --replicator-name orders-dr
  kafka-replicator failback --replicator-name orders-dr --tail copy --yes \\
    --on stop-producers='kubectl --context west scale deploy/shop …' \\
    --on start-producers='kubectl --context east scale deploy/shop …'
  kafka-replicator failback --replicator-name orders-dr --resume`

const DESCRIPTION = `Brings the applications home after a failover of this replicator: from its
target (the secondary) to its source (the primary), step by step; each step is
proved before the next begins.

What was written on the secondary is copied to the primary by a replicator of
the other direction. Where there is none, it is registered as <name>-failback
with the same settings, runs as long as this command does, and is deleted in
the end; what came from the primary is never copied back. Producers are
stopped, and everything is on the primary; consumers have read everything;
every consumer group stands on the primary where it left off; both clusters
are compared; then consumers and producers start on the primary, and the
replicator itself copies and moves groups again.

Records that never crossed before an unplanned failover are shown, and a
decision about them is needed (--tail).

With --fence acl, rules deny producers Write on the secondary's topics until all
have started at home. Rules that a failover could not remove from a lost source
are removed first.

Where somebody must act, it asks; with --on a command of yours does it: stop-*
on the secondary, start-* on the primary. Without a terminal it stops there
with 6. Stopped or killed at any point, --resume goes on and repeats nothing.
--abort gives it up while the applications are on the secondary.`

const AFTER = `
Exit codes: 0 done, 1 not possible now, 4 a gate did not hold before --timeout,
5 it would lose data or another runbook is under way, 6 waits for a person,
130 interrupted (SIGTERM: 143), 254 a broker or a command failed. The last line
says how to go on. Everything is kept in the folder that it names: journal,
tables, what your commands said, report.md.
`

interface FailbackFlags extends RunbookFlags {
  tail?: TailChoice
}

/** `failback`: the applications come home from the target to the source. */
export function addFailback(program: Command, shell: Shell): void {
  const command = program
    .command('failback')
    .summary('bring the applications home to the source, each step proved')
    .description(DESCRIPTION)
    .helpGroup(OWN_GROUP)
    .addHelpText('before', `Examples:\n${EXAMPLES}\n`)
    .addHelpText('after', AFTER)
    .addOption(
      new Option('--tail <choice>', 'records that never crossed: copy them now, or leave them on the source').choices([
        'copy',
        'leave',
      ]),
    )
  addRunbookOptions(command, DEFAULTS)
  command.action(async (flags: FailbackFlags) => {
    const { runRunbookCommand } = await import('../run-runbook-command.js')
    const reverse = new ReverseHolder(shell)
    try {
      await runRunbookCommand(failbackKind(reverse), flags, shell)
    } finally {
      await reverse.close()
    }
  })
}

const DEFAULTS = { maxMessageLag: 0 }

/** The reverse replicator of this call: it must not outlive it, however that ends. */
class ReverseHolder {
  private readonly shell: Shell
  private opened: { close(): Promise<void> } | undefined

  constructor(shell: Shell) {
    this.shell = shell
  }

  async open(request: RunRequest) {
    const { RegisteredReverse } = await import('../reverse-replicator.js')
    const reverse = await RegisteredReverse.of(request, this.shell)
    this.opened = reverse
    return reverse
  }

  async close(): Promise<void> {
    await this.opened?.close()
  }
}

function failbackKind(holder: ReverseHolder): RunbookKind<FailbackFlags> {
  return {
    name: 'failback',
    replicators: 1,
    defaults: DEFAULTS,
    ownFlags: ['tail'],
    alsoLocks: async ([request]) => (request === undefined ? [] : [(await holder.open(request)).id]),
    build: given => build(given, holder),
    undo: given => undo(given, holder),
  }
}

async function build(given: RunbookGiven<FailbackFlags>, holder: ReverseHolder): Promise<BuiltRunbook> {
  const { failback } = await import('../../runbooks/failback/failback-steps.js')
  const { requests, flags, settings } = given
  const request = forwardOf(requests)
  const { name, source, target } = request.options
  const reverse = await holder.open(request)
  return {
    purpose: `Brings the applications home from ${target.alias} to ${source.alias}; each step is proved before the next begins.`,
    steps: failback({
      ...{ forward: request.options, reverse, hooks: hooksOf(flags).commands },
      ...{ tail: flags.tail, isFenced: settings.fence === 'acl' },
    }),
    next: {
      text: `The applications are on ${source.alias} again, and ${name} copies what they write. How it stands:`,
      command: `kafka-replicator status --replicator-name ${name}`,
    },
  }
}

async function undo({ requests }: RunbookGiven<FailbackFlags>, holder: ReverseHolder): Promise<BuiltRunbook> {
  const { undoFailback } = await import('../../runbooks/failback/undo-steps.js')
  const request = forwardOf(requests)
  const { name, source, target } = request.options
  return {
    purpose: 'Gives the failback up: the applications stay where they are.',
    steps: undoFailback(source.alias, await holder.open(request)),
    next: {
      text: `Start again on ${target.alias} what was stopped for it. To come home later:`,
      command: `kafka-replicator failback --replicator-name ${name}`,
    },
  }
}

function forwardOf([request]: RunbookGiven<FailbackFlags>['requests']): RunRequest {
  if (request === undefined) throw new Error('a failback without a replicator')
  return request
}
