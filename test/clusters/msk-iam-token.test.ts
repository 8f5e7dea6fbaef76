import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { mskIamToken } from '../../src/clusters/msk-iam-token.js'
import { ExitCode } from '../../src/errors.js'
import { temporaryFolder } from '../support/temporary-folder.js'

/** The form that AWS documents for the token of MSK's IAM login (msk-api.md 6). */

beforeEach(() => {
  for (const name of Object.keys(process.env).filter(one => one.startsWith('AWS_'))) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere/config')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere/credentials')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

test('is a presigned request for kafka-cluster:Connect in base64url, good for 15 minutes', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-in-the-token')
  vi.stubEnv('AWS_SESSION_TOKEN', 'session+token/=')
  const token = await mskIamToken({ region: 'eu-central-1', profile: undefined })
  expect(token).toMatch(/^[A-Za-z0-9_-]+$/)
  const text = Buffer.from(token, 'base64url').toString()
  const url = new URL(text)
  expect(`${url.protocol}//${url.host}${url.pathname}`).toBe('https://kafka.eu-central-1.amazonaws.com/')
  const query = Object.fromEntries(url.searchParams)
  const day = /^(\d{8})T\d{6}Z$/.exec(query['X-Amz-Date'] ?? '')?.[1]
  expect(query).toEqual({
    Action: 'kafka-cluster:Connect',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `AKIDEXAMPLE/${day}/eu-central-1/kafka-cluster/aws4_request`,
    'X-Amz-Date': expect.any(String),
    'X-Amz-Expires': '900',
    'X-Amz-Security-Token': 'session+token/=',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    'User-Agent': expect.stringMatching(/^aws-msk-iam-sasl-signer-js\//),
  })
  expect(text).not.toContain('not-in-the-token')
})

test('is made with the credentials of a profile that is named', async () => {
  const file = path.join(await temporaryFolder(), 'credentials')
  await writeFile(file, '[ops]\naws_access_key_id = AKIDOFOPS\naws_secret_access_key = secret\n')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file)
  const token = await mskIamToken({ region: 'eu-central-1', profile: 'ops' })
  expect(Buffer.from(token, 'base64url').toString()).toContain('X-Amz-Credential=AKIDOFOPS%2F')
})

test('without credentials is an error that says how to give them', async () => {
  const error = await mskIamToken({ region: 'eu-central-1', profile: undefined }).catch(thrown => thrown)
  expect(error).toMatchObject({ name: 'UserError', exitCode: ExitCode.Environment })
  expect(error.fix).toContain('AWS_PROFILE')
})
