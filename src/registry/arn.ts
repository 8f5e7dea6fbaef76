import { randomUUID } from 'node:crypto'
import { parseMskClusterArn, sourceReference, targetReference } from '../config/cluster-references.js'
import type { CreateReplicatorRequest } from '../config/types.js'

/** `arn:{partition}:kafka:{region}:{account}:replicator/{name}/{uuid}-{n}` */
export interface ReplicatorArn {
  partition: string
  region: string
  account: string
  name: string
  /** Also names the replicator's progress on the target cluster. */
  uuid: string
}

const PATTERN =
  /^arn:(aws|aws-us-gov|aws-cn):kafka:([a-z0-9-]+):(\d{12}):replicator\/([0-9A-Za-z][0-9A-Za-z-]*)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-\d+$/

const ROLE_ARN = /^arn:(aws|aws-us-gov|aws-cn):iam::(\d{12}):role\//

/** Stands for "no AWS account" where neither the role nor a cluster names one. */
const NO_ACCOUNT = '000000000000'

/** The region of a replicator between two Apache clusters with none configured: the pattern of ARNs wants a real one. */
const DEFAULT_REGION = 'us-east-1'

/** The parts of a replicator's ARN; undefined when the text is not one. */
export function parseReplicatorArn(arn: string): ReplicatorArn | undefined {
  const match = PATTERN.exec(arn)
  if (match === null) return undefined
  const [, partition = '', region = '', account = '', name = '', uuid = ''] = match
  return { partition, region, account, name, uuid }
}

export function formatReplicatorArn({ partition, region, account, name, uuid }: ReplicatorArn): string {
  return `arn:${partition}:kafka:${region}:${account}:replicator/${name}/${uuid}-1`
}

/**
 * The ARN of a new replicator. Region: the configured one, else the target cluster's, else the source's. Account:
 * the role's, else that of a cluster. So a request that AWS would take gets the ARN that AWS would give.
 */
export function newReplicatorArn(
  request: CreateReplicatorRequest,
  configuredRegion: string | undefined,
  uuid: string = randomUUID(),
): string {
  const flow = request.ReplicationInfoList[0]
  const references = flow === undefined ? [] : [targetReference(flow), sourceReference(flow)]
  const clusters = references.flatMap(reference => parseMskClusterArn(reference ?? '') ?? [])
  const role = ROLE_ARN.exec(request.ServiceExecutionRoleArn)
  return formatReplicatorArn({
    partition: role?.[1] ?? 'aws',
    region: configuredRegion ?? clusters[0]?.region ?? DEFAULT_REGION,
    account: role?.[2] ?? clusters[0]?.account ?? NO_ACCOUNT,
    name: request.ReplicatorName,
    uuid,
  })
}
