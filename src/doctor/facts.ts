import type { Right } from '../clusters/refusal.js'
import type { DescribedQuotas } from '../wire/messages/describe-client-quotas.js'
import type { MetadataWithRights } from '../wire/messages/metadata.js'
import type { PeerChain } from '../wire/peer-certificates.js'
import type { Answer } from './answer.js'

/** A broker as it was tried. */
export interface BrokerFacts {
  /** `host:port`. */
  address: string
  /** Of the configuration, or as the cluster calls its brokers. */
  role: 'bootstrap' | 'advertised'
  nodeId: number | undefined
  /** Which versions of which request it speaks, by its number: what is told before the login is enough. */
  versions: Answer<ReadonlyMap<number, { min: number; max: number }>>
  /** Whether it is trust that is missing: a certificate or a login was refused. */
  isRefused: boolean
  /** What whoever owns the files can do, where that is known. */
  fix: string | undefined
}

/** What a cluster said of itself. */
export interface ClusterFacts {
  side: 'source' | 'target'
  alias: string
  /** The first of its bootstrap brokers that answered, for commands. */
  bootstrap: string
  expectedClusterId: string | undefined
  /** Whom the brokers see in us. */
  principal: string
  isSecured: boolean
  brokers: BrokerFacts[]
  /** By `host:port`; undefined where there is no TLS. */
  chains: { address: string; chain: Answer<PeerChain> }[] | undefined
  metadata: Answer<MetadataWithRights>
  quotas: Answer<DescribedQuotas>
}

/** A topic that is to be copied, as both sides have it. */
export interface TopicFacts {
  sourceTopic: string
  targetTopic: string
  sourcePartitions: number
  /** null: it is not there. undefined: not known. */
  targetPartitions: number | null | undefined
  source: TopicSettings | undefined
  target: TopicSettings | undefined
}

export interface TopicSettings {
  /** Values in force, wherever they come from. */
  values: ReadonlyMap<string, string>
  /** What is set on the topic itself. */
  overrides: ReadonlyMap<string, string>
}

/** What we may do on something: a bit for each operation; undefined where the broker does not tell. */
export interface AllowedOn {
  kind: 'topic' | 'group' | 'cluster'
  name: string
  /** 0: it may not even be described, so nothing more is told. */
  operations: number | undefined
  /** Whether it is a topic of the replicator itself. */
  isOurs: boolean
}

export type Operation = Right['operation']
