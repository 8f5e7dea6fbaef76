import { expect, test } from 'vitest'
import { clientSettings, regionOfArn } from '../../src/aws/client-settings.ts'
import { loadSdk } from '../../src/aws/load-sdk.ts'
import { ExitCode } from '../../src/errors.ts'

test.each<[string, Record<string, string>, string | undefined, object]>([
  ['nothing said: the SDK finds all by itself', {}, undefined, {}],
  ['the region of an ARN wins', { AWS_REGION: 'eu-west-1' }, 'us-east-2', { region: 'us-east-2' }],
  ['AWS_REGION', { AWS_REGION: 'a', AWS_DEFAULT_REGION: 'b' }, undefined, { region: 'a' }],
  ['AWS_DEFAULT_REGION, as the AWS CLI has it', { AWS_DEFAULT_REGION: 'b' }, undefined, { region: 'b' }],
  ['the profile', { AWS_PROFILE: 'p' }, undefined, { profile: 'p' }],
  ['one endpoint for all', { AWS_ENDPOINT_URL: 'http://all' }, undefined, { endpoint: 'http://all' }],
  [
    'that of the service wins',
    { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://one' },
    undefined,
    { endpoint: 'http://one' },
  ],
  ['that of another does not count', { AWS_ENDPOINT_URL_S3: 'http://other' }, undefined, {}],
  [
    'unless they are to be ignored',
    { AWS_ENDPOINT_URL: 'http://all', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'True' },
    undefined,
    {},
  ],
])('%s', (_, env, region, expected) => {
  const { maxAttempts, requestHandler, ...settings } = clientSettings('SECRETS_MANAGER', env, region)
  expect(settings).toEqual(expected)
  expect(maxAttempts).toBe(3)
  expect(requestHandler.requestTimeout).toBe(10_000)
})

test('the region of an ARN', () => {
  expect(regionOfArn('arn:aws:secretsmanager:eu-central-1:1:secret:x')).toBe('eu-central-1')
  expect(regionOfArn('arn:aws:s3:::bucket')).toBeUndefined()
})

test('a package that is not installed is named, with the command that brings it', async () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  const error = await loadSdk('@aws-sdk/client-x', () => Promise.reject(missing)).catch(thrown => thrown)
  expect(error).toMatchObject({ name: 'UserError', exitCode: ExitCode.Environment })
  expect(error.fix).toContain('npm install @aws-sdk/client-x')
  const fault = new Error('another fault')
  await expect(loadSdk('@aws-sdk/client-x', () => Promise.reject(fault))).rejects.toBe(fault)
})
