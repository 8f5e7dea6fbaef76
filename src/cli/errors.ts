import { ExitCode, ServiceError, UserError } from '../errors.js'
import { plainText } from '../ui/plain-text.js'

/** Exit codes that an error may carry besides 252. */
interface UsageErrorOptions {
  exitCode?: ExitCode
  fix?: string | undefined
  /** Append the usage block, as the AWS CLI does for what its argument parser refuses. */
  showUsage?: boolean
  /** Without "An error occurred (ParamValidation): " in front. */
  bare?: boolean
}

/** A fault in how the command was called: 252, in the AWS CLI's words. */
export class UsageError extends UserError {
  override readonly name = 'UsageError'
  readonly showUsage: boolean

  constructor(problem: string, options: UsageErrorOptions = {}) {
    super(options.bare ? problem : `An error occurred (ParamValidation): ${problem}`, {
      exitCode: options.exitCode ?? ExitCode.Usage,
      fix: options.fix,
    })
    this.showUsage = options.showUsage ?? false
  }
}

/** A service error together with the operation that was called: the message names both. */
export class OperationError extends Error {
  override readonly name = 'OperationError'
  readonly operation: string
  readonly error: ServiceError

  constructor(operation: string, error: ServiceError) {
    super(`An error occurred (${error.code}) when calling the ${operation} operation: ${error.message}`, {
      cause: error,
    })
    this.operation = operation
    this.error = error
  }
}

/** Runs the action; a service error it throws is told with the operation's name. */
export async function asOperation<T>(operation: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw error instanceof ServiceError ? new OperationError(operation, error) : error
  }
}

const USAGE = `usage: kafka-replicator [options] <command> [parameters]
To see help text, you can run:

  kafka-replicator help
  kafka-replicator <command> help
`

/** What an error looks like on standard error, and the exit code that goes with it. Details: of what the service says. */
export function presentError(
  thrown: unknown,
  debug: boolean,
  { details = true } = {},
): { text: string; exitCode: ExitCode } {
  if (thrown instanceof OperationError) {
    return { text: presentService(thrown.message, thrown.error, details), exitCode: ExitCode.Service }
  }
  if (thrown instanceof ServiceError) {
    const message = `An error occurred (${thrown.code}): ${thrown.message}`
    return { text: presentService(message, thrown, details), exitCode: thrown.exitCode }
  }
  if (thrown instanceof UserError) {
    const usage = thrown instanceof UsageError && thrown.showUsage ? `\n${USAGE}` : ''
    return { text: headed(thrown.message) + fixLine(thrown) + usage, exitCode: thrown.exitCode }
  }
  return { text: presentFault(thrown, debug), exitCode: ExitCode.Other }
}

function presentService(message: string, error: ServiceError, withDetails: boolean): string {
  if (error.invalidParameter === undefined || !withDetails) return headed(message) + fixLine(error)
  const details = `\nAdditional error details:\nInvalidParameter: ${plainText(error.invalidParameter)}\n`
  return headed(message) + details + (error.fix === undefined ? '' : `\n${fixLine(error)}`)
}

/** Not foreseen, so a fault of ours: the stack helps whoever reports it, and only them. */
function presentFault(thrown: unknown, debug: boolean): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (debug && thrown instanceof Error) return `${headed(message)}${plainText(thrown.stack ?? '')}\n`
  return `${headed(`Unexpected: ${message}`)}Run it again with --debug for the details to report.\n`
}

function headed(message: string): string {
  return `\nkafka-replicator: [ERROR]: ${plainText(message)}\n`
}

function fixLine(error: UserError): string {
  return error.fix === undefined ? '' : `${plainText(error.fix)}\n`
}
