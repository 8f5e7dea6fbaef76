import { type ExitCode, ServiceError, UserError } from '../errors.js'
import { plainText } from '../ui/plain-text.js'
import { OperationError, presentError } from './errors.js'
import { ERROR_FORMATS, type ErrorFormat } from './globals.js'

/**
 * How errors are wanted: `--cli-error-format`, else AWS_CLI_ERROR_FORMAT. Looked for by itself, because an error may be
 * about the very command line that asks for it.
 */
export function errorFormatOf(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): ErrorFormat {
  const given = argv.flatMap((word, i) => {
    if (word === '--cli-error-format') return argv[i + 1] ?? []
    return word.startsWith('--cli-error-format=') ? word.slice('--cli-error-format='.length) : []
  })
  const wanted = given.at(-1) ?? env.AWS_CLI_ERROR_FORMAT
  return ERROR_FORMATS.find(format => format === wanted) ?? 'enhanced'
}

/** What an error looks like on standard error in that format, and the exit code that goes with it. */
export async function formatError(
  thrown: unknown,
  format: ErrorFormat,
  debug: boolean,
): Promise<{ text: string; exitCode: ExitCode }> {
  const presented = presentError(thrown, debug, { details: format !== 'legacy' })
  const fields = format === 'legacy' || format === 'enhanced' ? undefined : fieldsOf(thrown)
  if (fields === undefined) return presented
  const { render } = await import('./aws/output/render.js')
  const how = { operation: 'error', format: format as 'json' | 'yaml' | 'text' | 'table', query: undefined, width: 80 }
  return { ...presented, text: plainText(await render(fields, how)) }
}

/** The error's fields; undefined where it has no code: the AWS CLI shows such ones as text always. */
function fieldsOf(thrown: unknown): Record<string, string> | undefined {
  const service = thrown instanceof OperationError ? thrown.error : thrown
  if (service instanceof ServiceError) {
    const { message: Message, code: Code, invalidParameter } = service
    return { Message, Code, ...(invalidParameter === undefined ? {} : { InvalidParameter: invalidParameter }) }
  }
  if (!(thrown instanceof UserError)) return undefined
  const [, Code, Message] = /^An error occurred \((\w+)\): (.*)$/s.exec(thrown.message) ?? []
  return Code === undefined || Message === undefined ? undefined : { Code, Message }
}
