import type { Command } from 'commander'
import { OWN_GROUP } from '../command-groups.js'
import { UsageError } from '../errors.js'
import type { Shell } from '../shell.js'

const EXAMPLES = `Examples:
  kafka-replicator help
  kafka-replicator help validate
  kafka-replicator help exit-codes
`

const DESCRIPTION = `Shows the overview, the help of a command, or a page about something that all commands share.`

const AFTER = `
Topics: exit-codes, files, patterns, prefix-identical, runbooks, metrics,
security, environment
`

/** `help [topic]`: the overview, the help of a command, or a page about something all commands share. */
export function addHelp(program: Command, shell: Shell): void {
  program
    .command('help [topic...]')
    .summary('help for a command, or about exit-codes, files, patterns, …')
    .description(DESCRIPTION)
    .helpGroup(OWN_GROUP)
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', AFTER)
    .action(async (words: string[]) => {
      const topic = words.filter(word => word !== 'kafka')[0]
      if (topic === undefined) return program.outputHelp()
      const commands = program.createHelp().visibleCommands(program)
      const command = commands.find(other => other.name() === topic)
      if (command !== undefined) return command.outputHelp()
      const { HELP_TOPICS } = await import('../help-topics.js')
      const page = Object.hasOwn(HELP_TOPICS, topic) ? HELP_TOPICS[topic] : undefined
      if (page !== undefined) return shell.stdout.write(page)
      const { nearest } = await import('../../ui/nearest.js')
      const names = [...commands.map(other => other.name()), ...Object.keys(HELP_TOPICS)]
      const meant = nearest(topic, names)
      throw new UsageError(`argument topic: Found invalid choice '${topic}'`, {
        fix: meant === undefined ? `There is help about: ${names.join(', ')}` : `Maybe you meant: ${meant}`,
      })
    })
}
