import type { ConnectionOptions as TlsOptions } from 'node:tls'

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
  /** Asked before each connection, since secrets are rotated; undefined is plaintext without a login. */
  security?: SecuritySource | undefined
}

/** Reads how connections are secured now. Answers the same object while nothing has changed. */
export type SecuritySource = () => Promise<Security>

export interface Security {
  /** Authorities to trust, and a client certificate, as node's `tls.connect` takes them; undefined is plaintext. */
  tls: Pick<TlsOptions, 'ca' | 'cert' | 'key' | 'passphrase'> | undefined
  login: Login | undefined
}

export type Login = ScramLogin | OAuthLogin | IamLogin

export interface ScramLogin {
  kind: 'scram'
  mechanism: 'scram-sha-256' | 'scram-sha-512'
  username: string
  password: string
}

/** OAuth 2.0 with client credentials (RFC 6749, 4.4). */
export interface OAuthLogin {
  kind: 'oauth'
  tokenEndpointUrl: string
  clientId: string
  clientSecret: string
  /** How the token endpoint is told who asks: in the form, or in the header Authorization. */
  method: 'POST' | 'BASIC'
  scope: string | undefined
  /** More authorities to trust at the token endpoint, as PEM. */
  ca: string | undefined
  /** Further fields of the form (`custom_param.*` in the secret). */
  parameters: Record<string, string>
  /** Further headers of the request (`custom_header.*`). */
  headers: Record<string, string>
  /** SASL extensions (`extension.*`, KIP-342). */
  extensions: Record<string, string>
}

/** MSK's IAM. */
export interface IamLogin {
  kind: 'iam'
  region: string
  /** Of the files in `~/.aws`; undefined is AWS's usual chain. */
  profile: string | undefined
}
