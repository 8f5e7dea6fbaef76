import { ExitCode, UserError } from '../errors.js'
import { awsError } from './aws-error.js'
import { clientSettings, type Environment, regionOfArn } from './client-settings.js'
import { loadSdk } from './load-sdk.js'

const PACKAGE = '@aws-sdk/client-secrets-manager'

const FIXES = {
  ResourceNotFoundException:
    'Is the ARN right, with its last six characters? To use a local file instead, name it under "Secrets" in the file given with --connections.',
}

/**
 * The current text of a secret in AWS Secrets Manager, in the region of its ARN. Throws UserError: it names the ARN
 * and what AWS said, never what is inside.
 */
export async function fetchSecret(arn: string, env: Environment): Promise<string | Uint8Array> {
  const { SecretsManagerClient, GetSecretValueCommand } = await loadSdk(
    PACKAGE,
    () => import('@aws-sdk/client-secrets-manager'),
  )
  const client = new SecretsManagerClient(clientSettings('SECRETS_MANAGER', env, regionOfArn(arn)))
  try {
    const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: arn }))
    const content = SecretString ?? SecretBinary
    if (content !== undefined) return content
  } catch (error) {
    throw awsError(`The secret ${arn} cannot be read from Secrets Manager`, error, FIXES)
  } finally {
    client.destroy()
  }
  throw new UserError(`The secret ${arn} has no value.`, {
    exitCode: ExitCode.Environment,
    fix: 'Give it one in Secrets Manager: a JSON object with "username" and "password", say.',
  })
}
