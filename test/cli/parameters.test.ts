import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as model from '../../src/cli/aws/model.ts'
import { validateParameters } from '../../src/cli/aws/param-validation.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { runInProcess } from './fake-shell.ts'
import { CLUSTERS, createArguments, FLOWS } from './files.ts'

test('types are checked as deep as the model goes', () => {
  const faults = validateParameters(
    {
      ...{ ReplicatorName: '', ServiceExecutionRoleArn: 5, KafkaClusters: [{ AmazonMskCluster: 'x' }] },
      ReplicationInfoList: {},
    },
    model.createReplicator.input,
  )
  expect(faults).toEqual([
    'Invalid length for parameter ReplicatorName, value: 0, valid min length: 1',
    "Invalid type for parameter ServiceExecutionRoleArn, value: 5, type: <class 'int'>, valid types: <class 'str'>",
    "Invalid type for parameter KafkaClusters[0].AmazonMskCluster, value: x, type: <class 'str'>, valid types: <class 'dict'>",
    "Invalid type for parameter ReplicationInfoList, value: {}, type: <class 'dict'>, valid types: <class 'list'>, <class 'tuple'>",
  ])
})

test('a member named like a property of every object is unknown, not accepted', () => {
  const input = JSON.parse('{"ReplicatorArn": "a", "__proto__": 1, "constructor": 2}')
  expect(validateParameters(input, model.describeReplicator.input)).toHaveLength(2)
})

describe('create-replicator takes', () => {
  test('files, one object for a list, a unique beginning of an option, and the last of a repeated one', async () => {
    const home = await temporaryFolder()
    await writeFile(join(home, 'clusters.json'), JSON.stringify(CLUSTERS))
    const said = await runInProcess(
      [
        ...['--output', 'text', 'kafka', 'create-replicator', '--replicator-n', 'first', '--replicator-name=second'],
        ...['--service-execution-role-arn', 'arn:aws:iam::123456789012:role/r', '--query', 'ReplicatorName'],
        ...['--kafka-clusters', 'file://clusters.json', '--replication-info-list', JSON.stringify(FLOWS[0])],
      ],
      { home },
    )
    expect(said).toEqual({ exitCode: 0, stdout: 'second\n', stderr: '' })
  })

  test('--cli-input-json, where options win member by member', async () => {
    const input = {
      ReplicatorName: 'a',
      ServiceExecutionRoleArn: 'arn:aws:iam::123456789012:role/r',
      KafkaClusters: CLUSTERS,
    }
    const said = await runInProcess(
      [
        ...['create-replicator', '--cli-input-json', JSON.stringify({ ...input, ReplicationInfoList: FLOWS })],
        ...['--replicator-name', 'b', '--query', 'ReplicatorName'],
      ],
      { home: await temporaryFolder() },
    )
    expect(said).toEqual({ exitCode: 0, stdout: '"b"\n', stderr: '' })
  })
})

const REFUSED: [string, string[], string][] = [
  ['shorthand that is none', ['--kafka-clusters', 'a'], "'--kafka-clusters': Expected: '=', received: 'EOF'"],
  ['a missing file', ['--kafka-clusters', 'file://nope.json'], '[Errno 2] No such file or directory'],
  ['broken JSON', ['--kafka-clusters', '[{"a"'], "'--kafka-clusters': Invalid JSON: "],
  ['a map that is a list', ['--tags', '[1]'], "'--tags': Invalid JSON:\n[1]"],
  ['cli input that is broken', ['--cli-input-json', '{bad'], "'cli-input-json': Invalid JSON received."],
  ['cli input that is a list', ['--cli-input-json', '[]'], "Invalid type: expecting map, received <class 'list'>"],
  ['an option without value', ['--description', '--debug'], 'argument --description: expected one argument'],
  ['an unknown option', ['--tagz', 'x'], 'Unknown options: --tagz, x\nMaybe you meant: --tags'],
  [
    'an ambiguous option',
    ['--repl', 'x'],
    'ambiguous option: --repl could match --replication-info-list, --replicator-name',
  ],
  ['a bad choice', ['--output', 'foo'], "argument --output: Found invalid choice 'foo'"],
  ['a bad query', ['--query', 'foo['], 'Bad value for --query foo[: Invalid jmespath expression: '],
  ['a surplus word', ['--description', 'a', 'b'], 'too many arguments'],
  ['compression without --run', ['--compression', 'preserve'], 'argument --compression: only together with --run'],
]

test.each(REFUSED)('refuses %s with 252', async (_, more, message) => {
  const home = await temporaryFolder()
  const said = await runInProcess(createArguments('a', ...more), { home })
  expect(said.stderr).toContain(message)
  expect(said).toMatchObject({ exitCode: 252, stdout: '' })
  expect((await runInProcess(['list-replicators'], { home })).stdout).toBe('{\n    "Replicators": []\n}\n')
})

test('what the service refuses is told with file, line and column, exit code 254', async () => {
  const home = await temporaryFolder()
  await writeFile(join(home, 'flows.json'), JSON.stringify(FLOWS, null, 2).replace('orders.*', 'orders(?=x)'))
  const said = await runInProcess(createArguments('a', '--replication-info-list', 'file://flows.json'), { home })
  expect(said.exitCode).toBe(254)
  expect(said.stderr).toMatch(
    /^\nkafka-replicator: \[ERROR\]: An error occurred \(BadRequestException\) when calling the CreateReplicator operation: .*flows\.json:8:9: /,
  )
})

test('control characters from outside are not printed', async () => {
  const said = await runInProcess(['describe-replicator', '--replicator-arn', 'a\u001b[31m\u009b\u202eb'], {
    home: await temporaryFolder(),
  })
  expect(said.stderr).toContain('"a[31mb"')
})
