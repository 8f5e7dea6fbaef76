import { ExitCode, messageOf, UserError } from '../errors.js'

const SIGNER = 'aws-msk-iam-sasl-signer-js'

/**
 * A token with which MSK lets an IAM role in: a presigned request in base64url, good for 15 minutes. Credentials come
 * from AWS's usual chain. Throws UserError (253) without the optional package or without credentials.
 */
export async function mskIamToken(region: string): Promise<string> {
  const { generateAuthToken } = await loadSigner()
  try {
    return (await generateAuthToken({ region })).token
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
