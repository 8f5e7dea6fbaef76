import { type Command, Option } from 'commander'
import { ExitCode } from '../../errors.js'
import { type Shell, wantsColor } from '../shell.js'

const HELP = `
Checks the files of a replicator without any network: JSON, shape, the rules of the MSK API, and patterns. What a file
is, is found from its content. Files given together are checked against each other.

Examples:
  kafka-replicator validate kafka-clusters.json replication-info.json
  kafka-replicator validate --strict *.json            also what works here, but not on AWS
  kafka-replicator validate --format json *.json       for scripts: {"valid": …, "findings": […]}
`

const AFTER = `
Exit codes: 0 valid, 1 invalid, 253 a file cannot be read.
`

interface ValidateFlags {
  format: string
  strict?: true
}

/** Adds `validate FILES…`. */
export function addValidate(program: Command, shell: Shell): void {
  program
    .command('validate')
    .summary('check the files of a replicator, without network')
    .usage('[--strict] [--format pretty|json] FILES...')
    .argument('<files...>', 'kafka-clusters.json, replication-info.json, log-delivery.json, connections.json')
    .addOption(new Option('--format <format>', 'how to print the result').choices(['pretty', 'json']).default('pretty'))
    .option('--strict', 'also report what is not portable to AWS')
    .addHelpText('before', HELP)
    .addHelpText('after', AFTER)
    .action(async (files: string[], flags: ValidateFlags) => {
      const { validateFiles } = await import('../../config/validate-files.js')
      const { VALIDATION_FORMATS } = await import('../../ui/validation-formats.js')
      const result = await validateFiles(files, { strict: flags.strict === true })
      const format = VALIDATION_FORMATS[flags.format]!
      shell.stdout.write(format(result, { color: wantsColor(shell, shell.stdout) }))
      shell.exitCode = result.valid ? ExitCode.Done : ExitCode.No
    })
}
