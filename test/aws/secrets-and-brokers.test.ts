import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { mskBrokers } from '../../src/aws/msk-brokers.ts'
import type { Clock } from '../../src/clock.ts'
import { resolveConnection } from '../../src/config/resolve-connections.ts'
import { SecretReader } from '../../src/config/secrets.ts'
import { ExitCode } from '../../src/errors.ts'
import { apacheCluster, MSK_ARN, mskCluster } from '../support/config-samples.ts'
import { Moto } from '../support/moto.ts'

/** Must never be seen in a message. */
const CANARY = 'c4n4ry'
const MISSING = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:missing-AbCdEf'

let moto: Moto
let secrets: SecretsManagerClient
beforeAll(async () => {
  moto = await Moto.start()
  secrets = new SecretsManagerClient(moto.client)
  // Credentials are found by the SDK itself, in the environment of the process.
  for (const [name, value] of Object.entries(moto.env)) vi.stubEnv(name, value)
  // Whoever runs the tests may have a profile of his own.
  vi.stubEnv('AWS_PROFILE', undefined)
}, 600_000)
afterAll(() => {
  vi.unstubAllEnvs()
  secrets?.destroy()
  moto?.close()
})

async function secretOf(name: string, content: unknown): Promise<string> {
  const SecretString = typeof content === 'string' ? content : JSON.stringify(content)
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name: name, SecretString }))
  return ARN!
}

const scram = (arn: string) =>
  apacheCluster({ ClientAuthentication: { SaslScram: { Mechanism: 'SHA512', SecretArn: arn } } })

describe('a secret ARN is read from Secrets Manager', () => {
  test('and gives the login; a local file named in --connections wins', async () => {
    const arn = await secretOf('AmazonMSK_login', { username: 'u', password: 'p' })
    const reached = await resolveConnection(scram(arn), undefined, moto.env)
    const login = { kind: 'scram', mechanism: 'scram-sha-512', username: 'u', password: 'p' }
    expect(await reached.security?.()).toEqual({ login, tls: {} })
    const mapped = { Secrets: { [arn]: { File: '/nowhere/secret.json' } } }
    await expect(resolveConnection(scram(arn), mapped, moto.env)).rejects.toThrow('/nowhere/secret.json')
  })

  test('a rotated secret is read for the connections that come 5 s later, not for each', async () => {
    const arn = await secretOf('AmazonMSK_rotated', { username: 'u', password: 'old' })
    const clock: Clock = { now: () => 0, monotonic: (): number => time, sleep: async () => {} }
    let time = 0
    const reader = new SecretReader(undefined, moto.env, clock)
    const password = async (): Promise<string | undefined> => (await reader.read(arn, ['password'])).password
    expect(await password()).toBe('old')
    const SecretString = JSON.stringify({ username: 'u', password: 'new' })
    await secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString }))
    time = 4_999
    expect(await password()).toBe('old')
    time = 5_000
    expect(await password()).toBe('new')
  })

  test('an outage of Secrets Manager does not take away what was read before', async () => {
    const arn = await secretOf('AmazonMSK_outage', { username: 'u', password: 'kept' })
    let time = 0
    const env = { ...moto.env }
    const reader = new SecretReader(undefined, env, {
      now: () => 0,
      monotonic: (): number => time,
      sleep: async () => {},
    })
    await reader.read(arn, ['password'])
    time = 60_000
    env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1'
    expect((await reader.read(arn, ['password'])).password).toBe('kept')
  })

  test.each<[string, () => Promise<string>, ExitCode, string]>([
    ['that does not exist', async () => MISSING, ExitCode.Service, 'ResourceNotFoundException'],
    ['that is no JSON', () => secretOf('broken', `{"password": "${CANARY}" "x"}`), ExitCode.Environment, 'column 23'],
    ['without a password', () => secretOf('half', { username: CANARY }), ExitCode.Environment, 'has no "password"'],
  ])('one %s is an error that names the ARN, never what is inside', async (_, make, exitCode, message) => {
    const arn = await make()
    const error = await resolveConnection(scram(arn), undefined, moto.env).catch(thrown => thrown)
    expect(error).toMatchObject({ name: 'UserError', exitCode })
    expect(error.message).toContain(arn)
    expect(error.message).toContain(message)
    expect(`${error.message}${error.fix}${error.stack}`).not.toContain(CANARY)
  })

  test('an endpoint that does not answer is told within seconds', async () => {
    const env = { ...moto.env, AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1' }
    const error = await resolveConnection(scram(MISSING), undefined, env).catch(thrown => thrown)
    expect(error).toMatchObject({ name: 'UserError', exitCode: ExitCode.Environment })
    expect(error.fix).toContain('AWS_ENDPOINT_URL')
  })
})

/** moto has no GetBootstrapBrokers: this answers as the model says, and keeps what it was asked. */
describe('an MSK ARN is asked with GetBootstrapBrokers', () => {
  const asked: string[] = []
  let answer: { status: number; body: Record<string, string> }
  let server: Server
  beforeAll(async () => {
    server = createServer(({ method, url, headers }, response) => {
      asked.push(`${method} ${url} ${/Credential=\w+\/\d+\/([\w-]+)/.exec(headers.authorization ?? '')?.[1]}`)
      response.writeHead(answer.status, { 'content-type': 'application/json', 'x-amzn-errortype': 'NotFoundException' })
      response.end(JSON.stringify(answer.body))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => server.close())
  const env = () => ({ AWS_ENDPOINT_URL_KAFKA: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })

  test('in the region of the ARN, for the listener that fits the login', async () => {
    const arn = await secretOf('AmazonMSK_msk', { username: 'u', password: 'p' })
    const body = { bootstrapBrokerStringTls: 'b-1:9094,b-2:9094', bootstrapBrokerStringSaslScram: 'b-1:9096' }
    answer = { status: 200, body }
    asked.length = 0
    const login = { ClientAuthentication: { SaslScram: { Mechanism: 'SHA512', SecretArn: arn } } } as const
    const settings = { ...moto.env, ...env() }
    const reached = await resolveConnection({ ...mskCluster(), ...login }, undefined, settings)
    expect(reached.bootstrapBrokers).toEqual(['b-1:9096'])
    expect(asked).toEqual([`GET /v1/clusters/${encodeURIComponent(MSK_ARN)}/bootstrap-brokers us-east-1`])
    const open = { ClientAuthentication: {}, EncryptionInTransit: { EncryptionType: 'TLS' } } as const
    const entered = await resolveConnection(mskCluster(), { Clusters: { [MSK_ARN]: open } }, settings)
    expect(entered.bootstrapBrokers).toEqual(['b-1:9094', 'b-2:9094'])
  })

  test('a cluster without that listener is told with those it has', async () => {
    answer = { status: 200, body: { bootstrapBrokerStringPublicTls: 'b-1:9194' } }
    expect(await mskBrokers(MSK_ARN, 'tls', env())).toBe('b-1:9194')
    await expect(mskBrokers(MSK_ARN, 'scram', env())).rejects.toThrow('no listener for scram; it has tls')
  })

  test('a cluster that AWS does not know is told', async () => {
    answer = { status: 404, body: { message: 'The requested resource does not exist.' } }
    const error = await mskBrokers(MSK_ARN, 'iam', env()).catch(thrown => thrown)
    expect(error).toMatchObject({ exitCode: ExitCode.Service, fix: expect.stringContaining('MskClusterArn') })
    expect(error.message).toContain('NotFoundException')
  })
})
