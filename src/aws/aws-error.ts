import { ExitCode, messageOf, UserError } from '../errors.js'

interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number }
}

/**
 * What an AWS service (or the way to it) said, as a UserError: 254 when the service answered, 253 for missing
 * credentials, region or network. The SDK's errors name resources and callers, never what a secret holds.
 */
export function awsError(what: string, error: unknown, fixes: Readonly<Record<string, string>> = {}): UserError {
  if (error instanceof UserError) return error
  const { name = 'Error', $metadata } = error as SdkError
  const answered = $metadata?.httpStatusCode !== undefined
  return new UserError(`${what}: ${name}: ${messageOf(error) || 'no reason was given'}`, {
    exitCode: answered ? ExitCode.Service : ExitCode.Environment,
    fix: fixes[name] ?? fixOf(error as SdkError, answered),
    cause: error,
  })
}

function fixOf({ name, message }: SdkError, answered: boolean): string {
  if (name === 'CredentialsProviderError') return 'Give AWS credentials: environment variables, --profile, or a role.'
  if (name.startsWith('AccessDenied'))
    return 'Give these credentials the permission that is named, or use others (--profile).'
  if (/region is missing/i.test(message)) return 'Give a region: --region, AWS_REGION or that of the profile.'
  if (answered) return 'See what AWS says.'
  return 'Is the endpoint right (AWS_ENDPOINT_URL, --endpoint-url) and the network there?'
}
