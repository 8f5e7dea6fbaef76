import { X509Certificate } from 'node:crypto'
import { Code, KafkaError } from '../wire/kafka-errors.js'
import type { Cluster } from './cluster.js'
import type { Security } from './connection-options.js'

/** A right as `kafka-acls` calls it: an operation, and a resource such as `topic orders`, `group billing`, `the cluster`. */
export interface Right {
  operation:
    | 'Alter'
    | 'AlterConfigs'
    | 'Create'
    | 'Delete'
    | 'Describe'
    | 'DescribeConfigs'
    | 'IdempotentWrite'
    | 'Read'
    | 'Write'
  resource: string
}

const ABOUT_RIGHTS: readonly number[] = [
  Code.TopicAuthorizationFailed,
  Code.GroupAuthorizationFailed,
  Code.ClusterAuthorizationFailed,
]

/** Whether a code says that a right is missing. */
export function isAboutRights(code: number): boolean {
  return ABOUT_RIGHTS.includes(code)
}

/** A broker's refusal; where a right is missing, the message names it and who lacks it. `where` as for KafkaError. */
export function refusal(
  cluster: Pick<Cluster, 'alias' | 'principal'>,
  code: number,
  where: string,
  needed: Right,
  detail?: string | null,
): KafkaError {
  return new KafkaError(code, where, isAboutRights(code) ? lacking(cluster, needed) : detail)
}

/** The sentence that says who lacks which right where. */
export function lacking(
  { alias, principal }: Pick<Cluster, 'alias' | 'principal'>,
  { operation, resource }: Right,
): string {
  return `${principal} lacks the right ${operation} on ${resource} of ${alias}`
}

/** Whom the brokers see, as far as it can be told from here: they may map names to others (ssl.principal.mapping.rules). */
export function principalOf({ login, tls }: Security): string {
  if (login?.kind === 'scram') return `User:${login.username}`
  if (login?.kind === 'oauth') return `the client "${login.clientId}"`
  if (login?.kind === 'iam') return 'the IAM identity'
  const subject = typeof tls?.cert === 'string' ? subjectOf(tls.cert) : undefined
  return `User:${subject ?? 'ANONYMOUS'}`
}

/** As Java writes it (RFC 2253): the last name first. */
function subjectOf(certificate: string): string | undefined {
  try {
    return new X509Certificate(certificate).subject.split('\n').reverse().join(',')
  } catch {
    // What is wrong with it, TLS has said.
    return undefined
  }
}
