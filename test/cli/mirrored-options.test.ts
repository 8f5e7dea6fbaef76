import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { OPERATIONS } from '../../src/cli/aws/model.ts'
import { runCli } from '../../src/cli/run-cli.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { fakeShell } from './fake-shell.ts'
import { StandInService } from './stand-in-service.ts'

/** What the recorded runs (`awscli-golden.test.ts`) do not show. */

async function run(args: string[], options: { home?: string; env?: Record<string, string> } = {}) {
  const service = new StandInService()
  const { shell, said } = fakeShell({ ...options, home: options.home ?? (await temporaryFolder()) })
  const ended = said(await runCli(args, shell, service.program))
  return { ...ended, globals: shell.globals, inputs: JSON.parse(JSON.stringify(service.inputs)) }
}

const DESCRIBE = ['describe-replicator', '--replicator-arn', 'a']
const NAMES = ['list-replicators', '--query', 'Replicators[].ReplicatorName', '--output', 'text']

describe('paging', () => {
  const SIZES = [1, 2, 3, 4, 5, 9].flatMap(most => [1, 2, 4].map(size => [most, size] as const))
  test.each(SIZES)('with --max-items %i and --page-size %i every item comes once', async (most, size) => {
    const seen: string[] = []
    let token: string | undefined
    do {
      const sizes = ['--max-items', String(most), '--page-size', String(size)]
      const more = token === undefined ? [] : ['--starting-token', token]
      const answer = JSON.parse((await run(['list-replicators', ...sizes, ...more])).stdout)
      seen.push(...answer.Replicators.map(({ ReplicatorName }: { ReplicatorName: string }) => ReplicatorName))
      expect(answer.Replicators.length).toBeLessThanOrEqual(most)
      token = answer.NextToken
    } while (token !== undefined && seen.length < 10)
    expect(seen).toEqual(['r0', 'r1', 'r2', 'r3', 'r4'])
  })

  test('a token that is none of ours goes to the service as it is', async () => {
    expect((await run([...NAMES, '--starting-token', '3'])).stdout).toBe('r3\tr4\n')
  })

  test('--next-token by hand is one page', async () => {
    expect((await run([...NAMES, '--next-token', '3'])).inputs).toEqual([{ NextToken: '3' }])
  })

  test('a number that is none is 255, as with the AWS CLI', async () => {
    const said = await run([...NAMES, '--page-size', 'abc'])
    expect(said).toMatchObject({ exitCode: 255, stdout: '' })
    expect(said.stderr).toContain("'abc'")
  })
})

describe('skeletons', () => {
  const commands = OPERATIONS.map(({ command }) => command)

  test.each(commands)('%s prints the same input as JSON and as YAML, without any option', async command => {
    const json = await run([command, '--generate-cli-skeleton'])
    const yaml = await run([command, '--generate-cli-skeleton', 'yaml-input', '--output', 'text', '--query', 'x'])
    expect(parse(yaml.stdout)).toEqual(JSON.parse(json.stdout))
    expect([json.inputs, yaml.inputs]).toEqual([[], []])
  })

  test('the YAML says what is required and which values there are', async () => {
    const { stdout } = await run(['create-replicator', '--generate-cli-skeleton', 'yaml-input'])
    expect(stdout).toMatch(/^ReplicatorName: '' # \[REQUIRED\] /m)
    expect(stdout).toMatch(
      /^ {2}TargetCompressionType: NONE # \[REQUIRED\] Valid values are: NONE, GZIP, SNAPPY, LZ4, ZSTD\.$/m,
    )
  })

  test('output wants the required options, and calls nothing', async () => {
    expect(await run(['describe-replicator', '--generate-cli-skeleton', 'output'])).toMatchObject({ exitCode: 252 })
    const { stdout, inputs } = await run([...DESCRIBE, '--generate-cli-skeleton', 'output', '--query', 'StateInfo'])
    expect(JSON.parse(stdout)).toEqual({ Code: 'Code', Message: 'Message' })
    expect(inputs).toEqual([])
  })
})

describe('input', () => {
  const TAG = ['tag-resource', '--resource-arn', 'a', '--tags']

  test('untag-resource takes several words, and prints nothing', async () => {
    const said = await run(['untag-resource', '--resource-arn', 'a', '--tag-keys', 'k', 'file://k2'])
    expect(said).toMatchObject({ exitCode: 0, stdout: '', inputs: [{ ResourceArn: 'a', TagKeys: ['k', 'file://k2'] }] })
  })

  test('a file of shorthand, and one inside of shorthand', async () => {
    const home = await temporaryFolder()
    await writeFile(join(home, 'tags'), 'k=v,k2=v2')
    await writeFile(join(home, 'value'), 'from, a file')
    expect((await run([...TAG, 'file://tags'], { home })).inputs[0].Tags).toEqual({ k: 'v', k2: 'v2' })
    expect((await run([...TAG, 'k@=file://value'], { home })).inputs[0].Tags).toEqual({ k: 'from, a file' })
    expect((await run([...TAG, 'fileb://tags'], { home })).inputs[0].Tags).toEqual({ k: 'v', k2: 'v2' })
  })

  test('~ and variables in the name of a file', async () => {
    const home = await temporaryFolder()
    await writeFile(join(home, 'tags'), 'k=v')
    const env = { FOLDER: home }
    for (const word of ['file://~/tags', 'file://$FOLDER/tags', `file://\${FOLDER}/tags`]) {
      expect((await run([...TAG, word], { home, env })).inputs[0].Tags).toEqual({ k: 'v' })
    }
  })

  test('a file that is no text is refused', async () => {
    const home = await temporaryFolder()
    await writeFile(join(home, 'bin.dat'), Buffer.from('fffe0081', 'hex'))
    const said = await run([...TAG, 'file://bin.dat'], { home })
    expect(said).toMatchObject({ exitCode: 252, inputs: [] })
    expect(said.stderr).toContain("'--tags'")
  })

  test('JSON and YAML of all members at once exclude each other', async () => {
    const said = await run(['list-replicators', '--cli-input-json', '{}', '--cli-input-yaml', 'a: b'])
    expect(said).toMatchObject({ exitCode: 252, inputs: [] })
  })

  test.each([
    ['a list', '- a'],
    ['a text', 'a'],
    ['nothing', ''],
    [
      'aliases without end',
      `a: &a [x]\n${Array.from({ length: 12 }, (_, i) => `b${i}: &b${i} [${'*a,'.repeat(99)}]`).join('\n')}`,
    ],
  ])('YAML that is %s is refused', async (_, yaml) => {
    expect(await run(['list-replicators', '--cli-input-yaml', yaml])).toMatchObject({ exitCode: 252, inputs: [] })
  })
})

describe('errors', () => {
  test('AWS_CLI_ERROR_FORMAT holds where the option is not given', async () => {
    const env = { AWS_CLI_ERROR_FORMAT: 'json' }
    const missing = ['describe-replicator', '--replicator-arn', 'missing']
    expect(JSON.parse((await run(missing, { env })).stderr).Code).toBe('NotFoundException')
    const said = await run([...missing, '--cli-error-format=text'], { env })
    expect(said.stderr).toMatch(/^NotFoundException\t/)
  })
})

test('the legacy form of an error leaves its details out', async () => {
  const command = ['create-replicator', '--replicator-name', 'bad-1', '--service-execution-role-arn', 'r']
  const args = [...command, '--kafka-clusters', '[]', '--replication-info-list', '[]']
  expect((await run(args)).stderr).toContain('\nInvalidParameter: replicationInfoList\n')
  const legacy = (await run([...args, '--cli-error-format', 'legacy'])).stderr
  expect(legacy).toMatch(/BadRequestException/)
  expect(legacy).not.toMatch(/InvalidParameter/)
})

describe('profiles', () => {
  const CONFIG = `
[default]
region = eu-west-1
output = text

[profile other]
region=eu-west-2
s3 =
  region = not-this-one
[profile "with space"]
region = eu-west-3
`
  async function withConfig(args: string[], env: Record<string, string> = {}) {
    const home = await temporaryFolder()
    await writeFile(join(home, 'config'), CONFIG)
    await writeFile(join(home, 'credentials'), '[only-credentials]\naws_access_key_id = x\n')
    const files = { AWS_CONFIG_FILE: join(home, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials') }
    return await run([...DESCRIBE, ...args], { home, env: { ...files, ...env } })
  }

  test.each<[string, string[], Record<string, string>, object]>([
    ['the default one', [], {}, { region: 'eu-west-1', output: 'text' }],
    ['--profile', ['--profile', 'other'], {}, { region: 'eu-west-2', output: 'json' }],
    ['AWS_PROFILE', [], { AWS_PROFILE: 'other' }, { region: 'eu-west-2' }],
    ['--profile over AWS_PROFILE', ['--profile', 'with space'], { AWS_PROFILE: 'other' }, { region: 'eu-west-3' }],
    [
      'the environment over the profile',
      [],
      { AWS_DEFAULT_REGION: 'eu-north-1', AWS_DEFAULT_OUTPUT: 'yaml' },
      { region: 'eu-north-1', output: 'yaml' },
    ],
    [
      'AWS_REGION over AWS_DEFAULT_REGION',
      [],
      { AWS_REGION: 'sa-east-1', AWS_DEFAULT_REGION: 'eu-north-1' },
      { region: 'sa-east-1' },
    ],
    [
      'options over all',
      ['--region', 'us-west-2', '--output', 'off'],
      { AWS_REGION: 'sa-east-1' },
      { region: 'us-west-2', output: 'off' },
    ],
    ['one that has credentials only', ['--profile', 'only-credentials'], {}, { region: undefined, output: 'json' }],
  ])('%s', async (_, args, env, globals) => {
    const said = await withConfig(args, env)
    expect(said).toMatchObject({ exitCode: 0, globals })
  })

  test('an unknown one is 255', async () => {
    expect(await withConfig([], { AWS_PROFILE: 'nope' })).toMatchObject({ exitCode: 255, stdout: '', inputs: [] })
  })

  test('~/.aws/config is read where no variable says otherwise', async () => {
    const home = await temporaryFolder()
    const { mkdir } = await import('node:fs/promises')
    await mkdir(join(home, '.aws'))
    await writeFile(join(home, '.aws', 'config'), CONFIG)
    expect((await run(DESCRIBE, { home })).globals.region).toBe('eu-west-1')
  })
})
