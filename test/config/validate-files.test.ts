import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kindOfFile } from '../../src/config/kind-of-file.js'
import type { CreateReplicatorRequest } from '../../src/config/types.js'
import { validateFiles } from '../../src/config/validate-files.js'
import { validateRequest } from '../../src/config/validate-request.js'
import { ExitCode } from '../../src/errors.js'
import { VALIDATION_FORMATS } from '../../src/ui/validation-formats.js'
import { apacheCluster, createRequest, flow, MSK_ARN, mskCluster } from '../support/config-samples.js'

const examples = fileURLToPath(new URL('../../examples', import.meta.url))

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'validate-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Writes the files (text, or a value to become JSON) and validates them together. */
async function check(files: Record<string, unknown>, options: { strict?: boolean } = {}) {
  const paths: string[] = []
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name)
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
    paths.push(file)
  }
  const result = await validateFiles(paths, options)
  const findings = result.files.flatMap(file => file.findings)
  const told = findings.map(({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`)
  return { result, findings, told }
}

const text = (value: unknown) => JSON.stringify(value, null, 2)

describe('the examples', () => {
  it.each(['external-to-msk', 'msk-to-external', 'identical-active-passive', 'prefixed-active-active', 'local'])(
    '%s is valid',
    async name => {
      const files = (await readdir(path.join(examples, name))).filter(file => file.endsWith('.json'))
      const paths = files.map(file => path.join(examples, name, file))
      expect(await validateFiles(paths, { strict: name !== 'local' })).toMatchObject({
        valid: true,
        files: files.map(() => ({ findings: [] })),
      })
      expect((await validateFiles(paths, { strict: true })).valid).toBe(name !== 'local')
    },
  )

  it('all together are paired by folder', async () => {
    const files = (await readdir(examples, { recursive: true })).filter(file => file.endsWith('.json'))
    const all = files.filter(file => !file.startsWith('grafana')) // a dashboard is none of our files
    expect(all.length).toBeGreaterThan(15)
    expect((await validateFiles(all.map(file => path.join(examples, file)))).valid).toBe(true)
  })
})

describe('what people get wrong is told with its place and a suggestion', () => {
  const cases: [string, string, string, string, string][] = [
    [
      'a misspelt key (R75)',
      text([flow({})]).replace('TopicsToReplicate', 'TopicsToReplicte'),
      '7:7 error unknown-key',
      '"TopicsToReplicte" is not known',
      'Did you mean "TopicsToReplicate"?',
    ],
    [
      "the guide's small first letters",
      text([mskCluster(), apacheCluster({})]).replace('AmazonMskCluster', 'amazonMskCluster'),
      '3:5 error key-case',
      'capital letter',
      'Did you mean "AmazonMskCluster"?',
    ],
    [
      "the guide's PREFIXED",
      text([flow({})]).replace(
        '"TopicReplication": {',
        '"TopicReplication": { "TopicNameConfiguration": { "Type": "PREFIXED" },',
      ),
      '6:63 error unknown-value',
      '"PREFIXED" is not one of',
      'PREFIXED_WITH_SOURCE_CLUSTER_ALIAS',
    ],
    [
      'small letters in an enum',
      text([flow({})]).replace('NONE', 'none'),
      '5:30 error unknown-value',
      '"none"',
      'Did you mean "NONE"?',
    ],
    [
      'a missing key',
      text([flow({})]).replace('"TargetCompressionType": "NONE",', ''),
      '2:3 error missing-key',
      '[0] needs the key "TargetCompressionType"',
      'Add',
    ],
    [
      'a quoted boolean',
      text([flow({})]).replace('"TopicReplication": {', '"TopicReplication": { "DetectAndCopyNewTopics": "true",'),
      '6:53 error type',
      'must be true or false, not a text',
      'without quotes',
    ],
    [
      'an object instead of the list',
      text(flow({})),
      '1:1 error type',
      'must be a list, not an object',
      'square brackets',
    ],
    [
      'the same key twice (R76)',
      text([flow({})]).replace('"SourceKafka', '"TargetCompressionType": "LZ4", "SourceKafka'),
      '5:5 error duplicate-key',
      'twice',
      'Remove one',
    ],
    [
      'three clusters',
      text([mskCluster(), apacheCluster({}), apacheCluster({}, 'localhost:1', 'C')]),
      '1:1 error count',
      'has 3 entries and needs exactly 2',
      '',
    ],
    [
      'the same pattern twice',
      text([flow({ TopicReplication: { TopicsToReplicate: ['a', 'a'] } })]),
      '9:9 error unique',
      'same entry twice',
      'Remove',
    ],
    ['no topics', text([flow({ TopicReplication: { TopicsToReplicate: [] } })]), '7:28 error count', 'at least 1', ''],
    [
      'too long a pattern',
      text([flow({ TopicReplication: { TopicsToReplicate: ['a'.repeat(250)] } })]),
      '8:9 error length',
      '250 characters, the limit is 249',
      '',
    ],
    [
      'an empty pattern',
      text([flow({ TopicReplication: { TopicsToReplicate: [''] } })]),
      '8:9 error length',
      'is empty',
      '',
    ],
    [
      'a short ARN',
      text([mskCluster('arn:aws:kafka:x'), apacheCluster({})]),
      '4:24 error pattern',
      'form',
      'arn:aws:kafka:us-east-1',
    ],
    ['a trailing comma', `${text([flow({})]).slice(0, -2)},\n]`, '16:4 error trailing-comma', 'comma', 'Remove'],
    ['an empty file', '', '1:1 error empty', 'empty', 'list or object'],
    ['a stray file', '{"hello": 1}', '1:1 error unknown-kind', 'none of the files', 'kafka-clusters.json'],
  ]
  it.each(cases)('%s', async (_, content, place, message, fix) => {
    const { told, findings, result } = await check({ 'file.json': content })
    expect(result.valid).toBe(false)
    expect(told).toEqual([place])
    expect(findings[0]?.message).toContain(message)
    expect(findings[0]?.fix ?? '').toContain(fix)
  })

  it('JSON pointers name the value', async () => {
    const { findings } = await check({ 'f.json': [flow({ TopicReplication: { TopicsToReplicate: ['*'] } })] })
    expect(findings[0]).toMatchObject({ pointer: '/0/TopicReplication/TopicsToReplicate/0', code: 'patterns' })
  })

  it('at most 50 findings of a schema are told', async () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`Key${index}`, index]))
    const { findings } = await check({ 'kafka-clusters.json': [many, mskCluster()] })
    expect(findings).toHaveLength(50)
  })

  it('a long list is judged quickly', async () => {
    const start = performance.now()
    const patterns = Array.from({ length: 90_000 }, (_, index) => index)
    const { findings } = await check({ 'r.json': [{ ...flow({}), TopicReplication: { TopicsToReplicate: patterns } }] })
    expect(findings).toHaveLength(50)
    expect(performance.now() - start).toBeLessThan(3000)
  })
})

describe('files given together', () => {
  const clusters = [mskCluster(), apacheCluster({})]

  it('are checked against each other', async () => {
    const wrong = flow({ TargetKafkaClusterArn: MSK_ARN.replace('orders', 'order') })
    const { told } = await check({ 'kafka-clusters.json': clusters, 'replication-info.json': [wrong] })
    expect(told).toEqual(['4:30 error target-is-listed'])
    expect((await check({ 'replication-info.json': [wrong] })).told).toEqual([])
  })

  it('each file is checked once when it is named twice', async () => {
    const file = path.join(folder, 'kafka-clusters.json')
    await writeFile(file, text([mskCluster()]))
    expect((await validateFiles([file, `file://${file}`])).files).toHaveLength(1)
  })

  it('a whole request is one of the kinds', async () => {
    const good = await check({ 'input.json': createRequest({ Tags: { team: 'orders' } }) })
    expect(good.result).toMatchObject({ valid: true, files: [{ kind: 'create-replicator' }] })
    const bad = createRequest({ KafkaClusters: [apacheCluster({}), mskCluster(MSK_ARN.replace('-2', '-3'))] })
    expect((await check({ 'input.json': bad })).findings).toMatchObject([
      { code: 'target-is-listed', pointer: '/ReplicationInfoList/0/TargetKafkaClusterArn' },
    ])
  })

  it('--strict reports what AWS would refuse', async () => {
    const local = { 'kafka-clusters.json': [apacheCluster({}), apacheCluster({}, 'localhost:2', 'B')] }
    expect((await check(local)).told).toEqual([])
    const { result, told } = await check(local, { strict: true })
    expect(result.valid).toBe(false)
    expect(new Set(told.map(line => line.split(' ')[2]))).toEqual(
      new Set(['portable-one-msk-cluster', 'portable-authentication', 'portable-encryption']),
    )
  })

  it('a warning does not make a file invalid', async () => {
    const { result, told } = await check({
      'kafka-clusters.json': [mskCluster(), apacheCluster({}, 'b.example.com:1')],
    })
    expect([result.valid, told]).toEqual([true, ['14:5 warning plaintext-only-on-loopback']])
  })
})

describe('unreadable files and secrets', () => {
  it.each(['/dev/zero', '/nowhere/x.json', 'file://../../../../../../nowhere', '.'])(
    '%s cannot be read',
    async file => {
      const result = await validateFiles([file])
      expect(result).toMatchObject({ valid: false, files: [{ unreadable: { exitCode: ExitCode.Environment } }] })
    },
  )

  it('a FIFO does not block', async () => {
    const fifo = path.join(folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    const { files } = await validateFiles([fifo])
    expect(files[0]?.unreadable?.message).toContain('not a regular file')
  })

  it.each([
    ['a secret given by mistake', '{"username": "u",\n"password": "c4n4ry"}'],
    ['a broken secret', '{"password": "c4n4ry",}'],
    ['a key file', '-----BEGIN PRIVATE KEY-----\nc4n4ry'],
    ['an environment file', '# keys\nc4n4ry=c4n4ry'],
    [
      'a secret in the place of its ARN',
      text([mskCluster(), apacheCluster({ ClientAuthentication: { MTLS: { SecretArn: 'c4n4ry' } } })]),
    ],
  ])('%s is never quoted (R83)', async (_, content) => {
    const { result } = await check({ 'secret.json': content })
    expect(result.valid).toBe(false)
    for (const format of Object.values(VALIDATION_FORMATS)) {
      const options = { color: false, workingDirectory: folder, root: folder, version: '1.0.0' }
      expect(format(result, options)).not.toContain('c4n4ry')
    }
  })
})

describe('validateRequest', () => {
  it('finds nothing in a sound request', async () => {
    expect(await validateRequest(createRequest())).toEqual([])
  })

  it.each<[Partial<CreateReplicatorRequest>, string, string]>([
    [{ ReplicatorName: '-x' }, 'pattern', 'replicatorName'],
    [{ KafkaClusters: [mskCluster()] }, 'count', 'kafkaClusters'],
    [{ KafkaClusters: [mskCluster(), mskCluster()] }, 'distinct-clusters', 'kafkaClusters'],
    [{ ReplicationInfoList: [] }, 'count', 'replicationInfoList'],
    [
      { ReplicationInfoList: [flow({ TargetCompressionType: 'LZO' as 'LZ4' })] },
      'unknown-value',
      'targetCompressionType',
    ],
    [{ Description: 'x'.repeat(1025) }, 'length', 'description'],
    [{ Tags: { a: 'x'.repeat(257) } }, 'length', 'tags'],
    [{ Tags: { 'aws:a': 'x' } }, 'tag-limits', 'tags'],
    [{ ServiceExecutionRoleArn: 'me' }, 'pattern', 'serviceExecutionRoleArn'],
  ])('%j', async (changes, code, invalidParameter) => {
    const findings = await validateRequest(createRequest(changes))
    expect(findings[0]).toMatchObject({ code, invalidParameter, severity: 'error', file: '', line: 0 })
  })
})

describe('the kind of a file', () => {
  it.each([
    ['kafka-clusters', [{ apacheKafkaCluster: {} }], 'x.json'],
    ['replication-info', [{ TopicReplication: {} }], 'x.json'],
    ['log-delivery', { ReplicatorLogDelivery: {} }, 'x.json'],
    ['connections', { Clusters: {} }, 'x.json'],
    ['create-replicator', { KafkaClusters: [], ReplicatorName: 'x' }, 'x.json'],
    ['connections', {}, 'a/connections.json'],
    ['kafka-clusters', [], 'kafka-clusters.json'],
    [undefined, 'text', 'kafka-clusters.json'],
    [undefined, {}, 'x.json'],
  ])('%s', (kind, value, file) => {
    expect(kindOfFile(value as never, file)).toBe(kind)
  })
})
