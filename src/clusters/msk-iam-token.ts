import { ExitCode, messageOf, UserError } from '../errors.js'
import type { IamLogin } from './connection-options.js'

const SIGNER = 'aws-msk-iam-sasl-signer-js'

/**
 * A token with which MSK lets an IAM role in: a presigned request in base64url, good for 15 minutes. Credentials come
 * from the profile, else from AWS's usual chain. Throws UserError (253) without the optional package or without credentials.
 */
export async function mskIamToken({ region, profile }: Pick<IamLogin, 'region' | 'profile'>): Promise<string> {
  const signer = await loadSigner()
  try {
    const made = profile
      ? signer.generateAuthTokenFromProfile({ region, awsProfileName: profile })
      : signer.generateAuthToken({ region })
    return (await made).token
  } catch (error) {
    throw new UserError(`There are no AWS credentials for the login with IAM: ${messageOf(error)}.`, {
      exitCode: ExitCode.Environment,
      fix: 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached.',
      cause: error,
    })
  }
}

async function loadSigner(): Promise<typeof import('aws-msk-iam-sasl-signer-js')> {
  try {
    // Loaded when needed: it brings parts of the AWS SDK along.
    return await import('aws-msk-iam-sasl-signer-js')
  } catch (error) {
    throw new UserError(`The login with IAM needs the package ${SIGNER}, which is not installed.`, {
      exitCode: ExitCode.Environment,
      fix: `Run: npm install ${SIGNER}`,
      cause: error,
    })
  }
}
