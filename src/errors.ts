/**
 * Every exit code the command line can give, and what it tells a script (contract, section 6).
 * The codes above 250 are those of the AWS CLI v2.
 */
export const ExitCode = {
  Done: 0,
  No: 1,
  NotReached: 4,
  Protected: 5,
  NeedsPerson: 6,
  Interrupted: 130,
  Terminated: 143,
  Usage: 252,
  Environment: 253,
  Service: 254,
  Other: 255,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/**
 * An error that the user can act on: one sentence that says what happened and where, and how to mend it.
 * It is shown without a stack trace; every other error is a fault of ours and asks for `--debug`.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError'
  readonly exitCode: ExitCode
  /** What the user can do about it, a sentence, shown on its own line. */
  readonly fix: string | undefined

  constructor(message: string, options: { exitCode: ExitCode; fix?: string | undefined; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.exitCode = options.exitCode
    this.fix = options.fix
  }
}

/** The error names of the MSK API that this tool answers with (botocore kafka 2018-11-14). */
export type ServiceErrorCode =
  | 'BadRequestException'
  | 'ConflictException'
  | 'ForbiddenException'
  | 'InternalServerErrorException'
  | 'NotFoundException'
  | 'ServiceUnavailableException'
  | 'TooManyRequestsException'
  | 'UnauthorizedException'

/** An answer of the "service" behind the mirrored operations: exit code 254, shown in the AWS CLI's form. */
export class ServiceError extends UserError {
  override readonly name: string = 'ServiceError'
  readonly code: ServiceErrorCode
  /** The model's `InvalidParameter` member, for example `kafkaClusters`. */
  readonly invalidParameter: string | undefined

  constructor(
    code: ServiceErrorCode,
    message: string,
    options: { invalidParameter?: string | undefined; fix?: string | undefined } = {},
  ) {
    super(message, { exitCode: ExitCode.Service, fix: options.fix })
    this.code = code
    this.invalidParameter = options.invalidParameter
  }
}

/** The text of anything that was thrown, for a message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
