import { type Command, Option } from 'commander'
import { ExitCode, UserError } from '../../errors.js'
import { type Shell, wantsColor } from '../shell.js'

const EXAMPLES = `Examples:
  kafka-replicator validate kafka-clusters.json replication-info.json
  kafka-replicator validate --strict 'clusters/**/*.json'
  kafka-replicator validate --format json *.json | jq .findings
  kafka-replicator validate --format sarif *.json > validate.sarif
  jq .replicationInfoList all.json | kafka-replicator validate -
`

const DESCRIPTION = `Checks the files of a replicator without any network: JSON, shape, the rules of the MSK API, and
patterns. What a file is, is found from its content. Files given together are checked against each other:
those of one folder, or all with the only kafka-clusters.json.`

const AFTER = `
FILES may be patterns, quoted or not (\`**\` means any folders, node_modules is
left out), and - is standard input.

pretty   for people (default)
json     for scripts: {"valid": …, "files": […], "findings": […]}
sarif    SARIF 2.1.0, for code scanning
junit    for test reports: each file is a test
github   notes in a pull request; without --format, when GITHUB_ACTIONS is true

Exit codes: 0 valid, 1 invalid, 253 a file cannot be read (the others are
checked all the same).
`

const FORMATS = ['pretty', 'json', 'sarif', 'junit', 'github']

interface ValidateFlags {
  format?: string
  strict?: true
}

/** Adds `validate FILES…`. */
export function addValidate(program: Command, shell: Shell): void {
  program
    .command('validate')
    .summary('check the files of a replicator, without network')
    .description(DESCRIPTION)
    .usage('[--strict] [--format FORMAT] FILES...')
    .argument('<files...>', 'kafka-clusters.json, replication-info.json, log-delivery.json, connections.json')
    .addOption(new Option('--format <format>', 'how to print the result').choices(FORMATS))
    .option('--strict', 'also report what is not portable to AWS')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', AFTER)
    .action(async (files: string[], flags: ValidateFlags) => {
      if (files.includes('-') && shell.stdin.isTTY) throw terminalGiven()
      const { validateFiles } = await import('../../config/validate-files.js')
      const { VALIDATION_FORMATS } = await import('../../ui/validation-formats.js')
      const { version } = await import('../version.js')
      const result = await validateFiles(files, {
        strict: flags.strict === true,
        standardInput: () => shell.stdin.chunks(),
      })
      const format = VALIDATION_FORMATS[flags.format ?? defaultFormat(shell.env)]!
      const options = {
        color: wantsColor(shell, shell.stdout),
        root: shell.env.GITHUB_WORKSPACE || shell.workingDirectory,
        workingDirectory: shell.workingDirectory,
        version: await version(),
      }
      shell.stdout.write(format(result, options))
      const unreadable = result.files.flatMap(file => file.unreadable ?? [])
      if (unreadable.length > 0) throw asOneError(unreadable)
      shell.exitCode = result.valid ? ExitCode.Done : ExitCode.No
    })
}

function defaultFormat(env: Shell['env']): string {
  return env.GITHUB_ACTIONS === 'true' ? 'github' : 'pretty'
}

/** Nobody types a configuration by hand: somebody forgot the pipe, and would wait. */
function terminalGiven(): UserError {
  return new UserError('Standard input is a terminal, so there is nothing to check.', {
    exitCode: ExitCode.Environment,
    fix: 'Pipe a file into it, or name files.',
  })
}

/** So many are named on standard error; a mistyped pattern may concern thousands. */
const NAMED_MAX = 10

function asOneError(errors: readonly UserError[]): UserError {
  const named = errors.slice(0, NAMED_MAX).map(({ message }) => message)
  if (errors.length > NAMED_MAX) named.push(`${errors.length - NAMED_MAX} more cannot be read.`)
  const fixes = new Set(errors.map(({ fix }) => fix))
  return new UserError(named.join('\n'), {
    exitCode: ExitCode.Environment,
    fix: fixes.size === 1 ? [...fixes][0] : undefined,
    cause: errors[0],
  })
}
