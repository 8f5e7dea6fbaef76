import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { SASLOptions } from 'kafkajs'

/** Everything needed to reach one Kafka cluster; made by `config/resolve-connections.ts`, used by `clusters/`. */
export interface ClusterConnectionOptions {
  /** How messages call it: the cluster's alias (contract, section 2). Also the PREFIX of replicated topics. */
  alias: string
  /** The `MskClusterArn` or `ApacheKafkaClusterId` as it stands in kafka-clusters.json. */
  reference: string
  /** The cluster id that the brokers must report; undefined where it cannot be known beforehand (MSK). */
  expectedClusterId: string | undefined
  /** `host:port` pairs. */
  bootstrapBrokers: string[]
  /** TLS options as node's `tls.connect` takes them; undefined is plaintext. */
  tls: TlsOptions | undefined
  /** SASL options as kafkajs takes them; undefined is no login. */
  sasl: SASLOptions | undefined
  /** Reads both again for a new connection, since a secret may have been rotated; undefined: they stay as they are. */
  credentials?: (() => Promise<Credentials>) | undefined
}

/** With what a connection begins. */
export type Credentials = Pick<ClusterConnectionOptions, 'tls' | 'sasl'>

/** TLS and SASL options as they are now. Rejects with a UserError when a secret never could be read. */
export async function currentCredentials(options: ClusterConnectionOptions): Promise<Credentials> {
  return options.credentials === undefined ? options : await options.credentials()
}
