import { pbkdf2Sync, randomBytes } from 'node:crypto'
import type { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import type { Api } from '../../src/wire/api.js'
import { Connection } from '../../src/wire/connection.js'
import { AclOperation, AclPermission } from '../../src/wire/messages/create-acls.js'

/** Users and their rights on a cluster whose plaintext listener is for its owner. */

const MECHANISMS = [
  { number: 1, digest: 'sha256', bytes: 32 },
  { number: 2, digest: 'sha512', bytes: 64 },
] as const
const ITERATIONS = 4096

interface ScramPassword {
  user: string
  password: string
  mechanism: (typeof MECHANISMS)[number]
}

/*
 * AlterUserScramCredentials Request (Version: 0) => [deletions] [upsertions]
 *   upsertions => name COMPACT_STRING, mechanism INT8, iterations INT32, salt COMPACT_BYTES, salted_password COMPACT_BYTES
 * AlterUserScramCredentials Response (Version: 0) => throttle_time_ms [results]
 *   results => user COMPACT_STRING, error_code INT16, error_message COMPACT_NULLABLE_STRING
 */
const alterUserScramCredentials: Api<ScramPassword, number> = {
  name: 'AlterUserScramCredentials',
  key: 51,
  version: 0,
  flexible: true,
  write: (writer, { user, password, mechanism: { number, digest, bytes } }) => {
    const salt = randomBytes(16)
    const salted = pbkdf2Sync(password, salt, ITERATIONS, bytes, digest)
    writer.unsignedVarint(1).unsignedVarint(2)
    writer.compactString(user).int8(number).int32(ITERATIONS)
    writer.unsignedVarint(salt.length + 1).raw(salt)
    writer
      .unsignedVarint(salted.length + 1)
      .raw(salted)
      .noTags()
      .noTags()
  },
  read: reader => {
    reader.int32()
    reader.unsignedVarint()
    reader.compactString()
    return reader.int16()
  },
}

/** Kafka: `ResourceType` and `PatternType`. */
const Resource = { topic: 2, group: 3, cluster: 4 } as const
const Pattern = { literal: 3, prefixed: 4 } as const

/** Who may do what. */
export interface Right {
  resource: keyof typeof Resource
  /** A resource's name; `*` for all. The one cluster is called "kafka-cluster". */
  name: string
  pattern?: keyof typeof Pattern
  operations: readonly (keyof typeof AclOperation)[]
}

interface Rule extends Omit<Right, 'operations'> {
  principal: string
  operation: keyof typeof AclOperation
}

/* As `wire/messages/create-acls.ts`, for all kinds of resources. */
const createAcls: Api<readonly Rule[], number[]> = {
  name: 'CreateAcls',
  key: 30,
  version: 1,
  flexible: false,
  write: (writer, rules) => {
    writer.array(rules, ({ resource, name, pattern = 'literal', principal, operation }) => {
      writer.int8(Resource[resource]).string(name).int8(Pattern[pattern]).string(principal).string('*')
      writer.int8(AclOperation[operation]).int8(AclPermission.Allow)
    })
  },
  read: reader => {
    reader.int32()
    return reader.array(() => {
      const code = reader.int16()
      reader.nullableString()
      return code
    })
  },
}

/**
 * What AWS's migration guide asks for the replicator's user on a cluster that is not MSK (msk-api.md 5.5), and nothing
 * else.
 */
export const GUIDE_RIGHTS: readonly Right[] = [
  {
    resource: 'topic',
    name: '*',
    operations: ['Alter', 'AlterConfigs', 'Create', 'Describe', 'DescribeConfigs', 'Read', 'Write'],
  },
  { resource: 'group', name: '*', operations: ['Read', 'Describe'] },
  {
    resource: 'cluster',
    name: 'kafka-cluster',
    operations: ['Create', 'ClusterAction', 'Describe', 'DescribeConfigs'],
  },
]

/** What README.md tells to allow: less than the guide, but for access rules that are to be copied. */
export const LEAST_RIGHTS: Record<'source' | 'target', readonly Right[]> = {
  source: [
    { resource: 'topic', name: '*', operations: ['Describe', 'DescribeConfigs', 'Read'] },
    { resource: 'group', name: '*', operations: ['Describe'] },
    { resource: 'cluster', name: 'kafka-cluster', operations: ['Describe'] },
  ],
  target: [
    {
      resource: 'topic',
      name: '*',
      operations: ['Create', 'Alter', 'AlterConfigs', 'Describe', 'DescribeConfigs', 'Read', 'Write'],
    },
    { resource: 'group', name: '*', operations: ['Describe', 'Read'] },
    { resource: 'cluster', name: 'kafka-cluster', operations: ['Describe', 'Alter'] },
  ],
}

/** Creates a SCRAM user, or gives it another password. */
export async function setPassword(kafka: LocalKafka, user: string, password: string): Promise<void> {
  // Two mechanisms of one user are not taken in one request.
  for (const mechanism of MECHANISMS) {
    const code = await ask(kafka, alterUserScramCredentials, { user, password, mechanism })
    if (code !== 0) throw new Error(`the password of ${user} was refused with error ${code}`)
  }
}

/** Gives rights to a principal such as `User:anna`. */
export async function allow(kafka: LocalKafka, principal: string, rights: readonly Right[]): Promise<void> {
  const rules = rights.flatMap(({ operations, ...rest }) =>
    operations.map(operation => ({ ...rest, principal, operation })),
  )
  const codes = await ask(kafka, createAcls, rules)
  if (codes.some(code => code !== 0)) throw new Error(`an access rule was refused: ${codes}`)
}

async function ask<Request, Response>(
  kafka: LocalKafka,
  api: Api<Request, Response>,
  request: Request,
): Promise<Response> {
  const [host = '', port] = kafka.bootstrapServers.split(':')
  const connection = await Connection.open({ host, port: Number(port), tls: undefined })
  try {
    return await connection.call(api, request)
  } finally {
    connection.close()
  }
}
