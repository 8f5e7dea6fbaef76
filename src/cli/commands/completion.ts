import { Argument, type Command } from 'commander'
import { plainLine } from '../../ui/plain-text.js'
import { OWN_GROUP } from '../command-groups.js'
import type { Candidate } from '../complete.js'
import { COMPLETION_SCRIPTS, type CompletionShell } from '../completion-scripts.js'
import type { Shell } from '../shell.js'

const EXAMPLES = `Examples:
  source <(kafka-replicator completion bash)       in ~/.bashrc
  source <(kafka-replicator completion zsh)        in ~/.zshrc, after compinit
  kafka-replicator completion fish | source        in config.fish
`

const DESCRIPTION = `Prints a script that teaches your shell what may follow when you press Tab: commands,
options and their values, names of registered replicators, files.`

/** `completion SHELL`, and the hidden `__complete` that its scripts call. */
export function addCompletion(program: Command, shell: Shell): void {
  program
    .command('completion')
    .summary('completion by the Tab key for bash, zsh and fish')
    .description(DESCRIPTION)
    .helpGroup(OWN_GROUP)
    .addHelpText('before', EXAMPLES)
    .addArgument(new Argument('<shell>', 'whose script').choices(Object.keys(COMPLETION_SCRIPTS)))
    .action((name: CompletionShell) => shell.stdout.write(COMPLETION_SCRIPTS[name]))
  program
    .command('__complete', { hidden: true })
    .argument('<shell>')
    .argument('<line>', 'the command line as far as the cursor')
    .argument('[breaks]', 'the characters at which bash begins a new word')
    .action(async (name: string, line: string, breaks = '') => {
      const { complete, FILES } = await import('../complete.js')
      const { splitLine } = await import('../split-line.js')
      const { words, quoted } = splitLine(line)
      const answer = await complete(words.slice(1), program, shell)
      if (answer === FILES) return shell.stdout.write(':files\n')
      const behind = name === 'bash' && !quoted ? lastBreak(words.at(-1) ?? '', breaks) : 0
      for (const candidate of answer) {
        const shown = name === 'bash' ? forBash(candidate.value.slice(behind), quoted) : described(candidate)
        // A name with a line end in it would be taken for two.
        if (plainLine(candidate.value) === candidate.value) shell.stdout.write(`${shown}\n`)
      }
    })
}

/** bash replaces only what stands behind the last of its break characters (`=` and `:` among them). */
function lastBreak(word: string, breaks: string): number {
  return Math.max(0, ...[...breaks].filter(character => '=:@'.includes(character)).map(c => word.lastIndexOf(c) + 1))
}

function forBash(value: string, quoted: boolean): string {
  return quoted ? value : value.replace(/[^\w@%+=:,./-]/g, '\\$&')
}

function described({ value, help }: Candidate): string {
  return help === undefined ? value : `${value}\t${plainLine(help)}`
}
