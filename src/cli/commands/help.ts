import type { Command } from 'commander'
import { OWN_GROUP } from '../command-groups.js'
import { UsageError } from '../errors.js'
import type { Shell } from '../shell.js'

/** `help [topic]`: the overview, the help of a command, or a page about something all commands share. */
export function addHelp(program: Command, shell: Shell): void {
  program
    .command('help [topic...]')
    .summary('help for a command, or about: exit-codes, files, environment')
    .description('Shows the help of a command, or a page about exit-codes, files or environment.')
    .helpGroup(OWN_GROUP)
    .action(async (words: string[]) => {
      const topic = words.filter(word => word !== 'kafka')[0]
      if (topic === undefined) return program.outputHelp()
      const command = program.commands.find(other => other.name() === topic)
      if (command !== undefined) return command.outputHelp()
      const { HELP_TOPICS } = await import('../help-topics.js')
      const page = HELP_TOPICS[topic]
      if (page !== undefined) return shell.stdout.write(page)
      const { nearest } = await import('../../ui/nearest.js')
      const names = [...program.commands.map(other => other.name()), ...Object.keys(HELP_TOPICS)]
      const meant = nearest(topic, names)
      throw new UsageError(`argument topic: Found invalid choice '${topic}'`, {
        fix: meant === undefined ? `There is help about: ${names.join(', ')}` : `Maybe you meant: ${meant}`,
      })
    })
}
