import { Code, KafkaError } from '../wire/kafka-errors.js'
import { type Acl, createTopicAcls } from '../wire/messages/create-acls.js'
import { deleteTopicAcls } from '../wire/messages/delete-acls.js'
import { describeTopicAcls } from '../wire/messages/describe-acls.js'
import { chunksOf } from './chunks.js'
import type { Cluster } from './cluster.js'

/** A ZooKeeper broker writes each topic's rules by itself: this many end well within the time an answer may take. */
const CREATED_PER_REQUEST = 200

/** All rules of a cluster about topics, of the pattern type LITERAL. Throws the broker's refusal. */
export async function describeAcls(cluster: Cluster): Promise<Acl[]> {
  const { errorCode, errorMessage, acls } = await cluster.callAny(describeTopicAcls, undefined)
  if (errorCode !== Code.None) throw new KafkaError(errorCode, `reading the ACLs of ${cluster.alias}`, errorMessage)
  return acls
}

/** Creates rules; answers those that were, and the first refusal where there was one: it does not stop the others. */
export async function createAcls(
  cluster: Cluster,
  acls: readonly Acl[],
): Promise<{ created: Acl[]; refusal: KafkaError | undefined }> {
  const created: Acl[] = []
  let refusal: KafkaError | undefined
  for (const chunk of chunksOf(acls, CREATED_PER_REQUEST)) {
    const rows = await cluster.callAny(createTopicAcls, chunk)
    for (const [i, acl] of chunk.entries()) {
      const { errorCode = -1, errorMessage = null } = rows[i] ?? {}
      if (errorCode === Code.None) created.push(acl)
      else
        refusal ??= new KafkaError(errorCode, `creating an ACL of topic ${acl.topic} on ${cluster.alias}`, errorMessage)
    }
  }
  return { created, refusal }
}

/** Removes exactly these rules; one that is gone already is no failure. Throws the first refusal, after trying all. */
export async function deleteAcls(cluster: Cluster, acls: readonly Acl[]): Promise<void> {
  let refusal: KafkaError | undefined
  for (const chunk of chunksOf(acls, CREATED_PER_REQUEST)) {
    for (const { errorCode, errorMessage } of await cluster.callAny(deleteTopicAcls, chunk)) {
      if (errorCode === Code.None) continue
      refusal ??= new KafkaError(errorCode, `removing an ACL on ${cluster.alias}`, errorMessage)
    }
  }
  if (refusal !== undefined) throw refusal
}
