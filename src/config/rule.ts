import type { JsonPath } from './findings.js'
import type { Connections, KafkaCluster, LogDelivery, ReplicationInfo } from './types.js'

/** What the rules look at: whichever of the files are there, each with the shape its schema promises. */
export interface Facts {
  clusters?: KafkaCluster[]
  flows?: ReplicationInfo[]
  logDelivery?: LogDelivery
  connections?: Connections
  /** What only a whole CreateReplicator request has. */
  request?: { ServiceExecutionRoleArn: string; Tags?: Record<string, string> }
}

/** What a rule objects to. `in` and `path` say where: a place in that fact. */
export interface Objection {
  in: keyof Facts
  path: JsonPath
  at?: 'key' | 'value'
  severity?: 'error' | 'warning' | 'note'
  /** AWS's own text where it was measured (msk-api 1.3). */
  message: string
  fix?: string
  /** What AWS names, or would name, in the BadRequestException. */
  invalidParameter?: string
}

/** One rule that no schema can say. It runs when everything it needs is there. */
export interface Rule {
  name: string
  needs: readonly (keyof Facts)[]
  /** AWS demands it, this tool does not: reported by `--strict` only. */
  strictOnly?: boolean
  check(facts: Required<Facts>): Iterable<Objection>
}
