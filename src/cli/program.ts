import { Command } from 'commander'
import { OWN_GROUP } from './command-groups.js'
import { addCompletion } from './commands/completion.js'
import { addCreateReplicator } from './commands/create-replicator.js'
import { addDeleteReplicator } from './commands/delete-replicator.js'
import { addDemo } from './commands/demo.js'
import { addDescribeReplicator } from './commands/describe-replicator.js'
import { addDoctor } from './commands/doctor.js'
import { addFailback } from './commands/failback.js'
import { addFailover } from './commands/failover.js'
import { addHelp } from './commands/help.js'
import { addListReplicators } from './commands/list-replicators.js'
import { addMigrate } from './commands/migrate.js'
import { addRun } from './commands/run.js'
import { addStatus } from './commands/status.js'
import { addTagCommands } from './commands/tag-resource.js'
import { addUpdateReplicationInfo } from './commands/update-replication-info.js'
import { addValidate } from './commands/validate.js'
import { addVerify } from './commands/verify.js'
import { addWait } from './commands/wait.js'
import { GLOBAL_OPTIONS } from './globals.js'
import type { Shell } from './shell.js'

/** Wider text is hard to read, and texts without a break are written for it. */
const HELP_WIDTH = 80

const EXAMPLES = `Examples:
  Check the files, register a replicator and run it:
    kafka-replicator validate kafka-clusters.json replication-info.json
    kafka-replicator create-replicator --replicator-name orders-dr \\
      --service-execution-role-arn arn:aws:iam::123456789012:role/replicator \\
      --kafka-clusters file://kafka-clusters.json \\
      --replication-info-list file://replication-info.json --run
  Start it again later:
    kafka-replicator run --replicator-name orders-dr
`

const DESCRIPTION = `Replicates Kafka clusters from a terminal. One word replaces \`aws\`: a command of
\`aws kafka create-replicator\` works after changing its first word.`

/** The program with the options that every command takes, and no command yet. */
export function emptyProgram(shell: Shell): Command {
  const program = new Command('kafka-replicator')
    .usage('[options] <command> [parameters]')
    .description(DESCRIPTION)
    .helpCommand(false)
    // Global options are sorted out before (argv.ts); a command's own option of the same name is its own.
    .enablePositionalOptions()
    .helpOption('-h, --help', 'show help; also: kafka-replicator <command> help')
    .addHelpText('before', EXAMPLES)
    .configureHelp({
      helpWidth: Math.min(shell.stdout.columns ?? HELP_WIDTH, HELP_WIDTH),
      showGlobalOptions: false,
      subcommandTerm: command => command.name(),
      commandDescription: command => flowing(command.description()),
    })
    .configureOutput({
      writeOut: text => shell.stdout.write(text),
      // Faults come as exceptions and are shown in one place.
      writeErr: () => {},
    })
    .exitOverride()
  for (const { name, value, help } of GLOBAL_OPTIONS) {
    if (help !== undefined) program.option(value === undefined ? name : `${name} <${value}>`, help)
  }
  return program
}

/** All commands, in the order of the help. Their actions load what they need; this must stay quick for --help. */
export function buildProgram(shell: Shell): Command {
  const program = emptyProgram(shell)
  program.commandsGroup(OWN_GROUP)
  addValidate(program, shell)
  addDoctor(program, shell)
  addRun(program, shell)
  addStatus(program, shell)
  addWait(program, shell)
  addVerify(program, shell)
  addFailover(program, shell)
  addFailback(program, shell)
  addMigrate(program, shell)
  addDemo(program, shell)
  addCompletion(program, shell)
  addHelp(program, shell)
  addCreateReplicator(program, shell)
  addDescribeReplicator(program, shell)
  addListReplicators(program, shell)
  addUpdateReplicationInfo(program, shell)
  addDeleteReplicator(program, shell)
  addTagCommands(program, shell)
  return program
}

/** Joins the lines of each paragraph, so that they are broken where the screen ends; indented lines stay. */
function flowing(text: string): string {
  return text.replace(/(?<=^\S.*)\n(?=\S)/gm, ' ')
}
