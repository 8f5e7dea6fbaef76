import type { Command } from 'commander'
import { OWN_GROUP } from '../command-groups.js'
import { type Shell, wantsColor, wantsUnicode } from '../shell.js'

const EXAMPLES = `Examples:
  kafka-replicator demo
  kafka-replicator demo --keep    then play with the clusters
`

const DESCRIPTION = `Starts two real Kafka clusters on this machine and copies a topic from one to the other with the commands of this
tool; then its applications fail over, come home again, and lose their source; each step says what it does, shows
the command and checks the result. Takes about a minute and leaves nothing behind.
It needs Java 17 and Maven, or Docker. The first time it downloads Kafka.`

const AFTER = `
Exit codes: 0 all was as promised, 1 it was not, 4 something took too long,
130 interrupted, 253 Java, Maven or the network is missing.
`

/** `demo`: the main job, before one's eyes. */
export function addDemo(program: Command, shell: Shell): void {
  program
    .command('demo')
    .summary('watch it copy between two real Kafka clusters on this machine')
    .description(DESCRIPTION)
    .helpGroup(OWN_GROUP)
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', AFTER)
    .option('--keep', 'leave clusters and replicator running until Ctrl-C, and say how to reach them')
    .action(async (flags: { keep?: true }) => {
      const { runDemo } = await import('../../demo/demo.js')
      const look = { color: wantsColor(shell, shell.stdout), unicode: wantsUnicode(shell.env) }
      shell.exitCode = await runDemo({ keep: flags.keep === true, ...look }, shell)
    })
}
