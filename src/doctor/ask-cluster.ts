import type { Clock } from '../clock.js'
import { type BrokerConnection, type ClusterAccess, openBrokerConnection } from '../clusters/broker-connection.js'
import { ClusterHealth } from '../clusters/cluster-health.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import type { ClusterConnectionOptions, Security } from '../clusters/connection-options.js'
import { LoginGate } from '../clusters/login-gate.js'
import { UserError } from '../errors.js'
import { openSide } from '../replication/open-clusters.js'
import type { Api } from '../wire/api.js'
import { AccessError } from '../wire/kafka-errors.js'
import { describeClientQuotas } from '../wire/messages/describe-client-quotas.js'
import { type MetadataWithRights, metadataWithRights } from '../wire/messages/metadata.js'
import { peerCertificates } from '../wire/peer-certificates.js'
import { type Answer, answerTo, notAsked } from './answer.js'
import type { BrokerFacts, ClusterFacts } from './facts.js'

/** A cluster that was asked who it is, and may be asked more. */
export interface AskedCluster {
  facts: ClusterFacts
  side: ClusterSide
  /** Brokers that answered, by the address that the cluster gives them. */
  nodes: readonly number[]
  /** Asks one of them. Never rejects. */
  ask<Request, Response>(api: Api<Request, Response>, request: Request): Promise<Answer<Response>>
}

type Outcome = Pick<BrokerFacts, 'versions' | 'isRefused' | 'fix'>

/**
 * Tries every broker of the configuration, once, and every one that the cluster names; then the cluster is asked only
 * through those that answered, so one that hangs costs its own time and no other's. Never rejects.
 */
export async function askCluster(
  name: 'source' | 'target',
  options: ClusterConnectionOptions,
  clock: Clock,
): Promise<AskedCluster> {
  const security = await answerTo(async () => options.security?.(), clock)
  const access: ClusterAccess = {
    ...{ security: options.security, gate: new LoginGate(clock), health: new ClusterHealth(clock) },
    ...{ clock, principal: 'User:ANONYMOUS' },
  }
  const [bootstrap, chains] = await Promise.all([
    Promise.all(options.bootstrapBrokers.map(address => tryBootstrap(address, access, clock))),
    readChains(options, security.value, clock),
  ])
  const good = bootstrap.filter(({ versions }) => versions.problem === null).map(({ address }) => address)
  // Which cluster was meant is a finding of its own, and the others are wanted all the same.
  const side = openSide({ ...options, bootstrapBrokers: good, expectedClusterId: undefined }, clock)
  const metadata = good.length > 0 ? await readMetadata(side, clock) : notAsked('none of its brokers was reached')
  const brokers = metadata.value ? await withAdvertised(bootstrap, metadata.value, side, clock) : bootstrap
  const nodes = brokers.flatMap(({ nodeId, versions }) =>
    nodeId === undefined || versions.problem !== null ? [] : [nodeId],
  )
  const ask: AskedCluster['ask'] = async (api, request) => {
    const [node] = nodes
    if (node === undefined) return notAsked('none of its brokers was reached')
    return answerTo(() => side.cluster.call(node, api, request), clock)
  }
  const facts: ClusterFacts = {
    ...{ side: name, alias: options.alias, expectedClusterId: options.expectedClusterId },
    bootstrap: good[0] ?? options.bootstrapBrokers[0] ?? '',
    principal: access.principal,
    isSecured: options.security !== undefined,
    ...{ brokers, chains, metadata, quotas: await ask(describeClientQuotas, undefined) },
  }
  return { facts, side, nodes, ask }
}

async function tryBootstrap(address: string, access: ClusterAccess, clock: Clock): Promise<BrokerFacts> {
  const outcome = await tryBroker(() => openBrokerConnection(endpointOf(address), access), clock)
  return { address, role: 'bootstrap', nodeId: undefined, ...outcome }
}

/** Opens a connection, logs in, and closes it, however late it opens. */
async function tryBroker(open: () => Promise<BrokerConnection>, clock: Clock): Promise<Outcome> {
  let failure: unknown
  const versions = await answerTo(async () => {
    try {
      const { connection, versions } = await open()
      connection.close()
      return versions
    } catch (error) {
      failure = error
      throw error
    }
  }, clock)
  const cause = failure instanceof AccessError ? failure.cause : undefined
  return {
    versions,
    isRefused: failure instanceof AccessError,
    fix: cause instanceof UserError ? cause.fix : undefined,
  }
}

/** Both are asked before the cluster knows its brokers by other addresses, some of which may hang. */
async function readMetadata({ cluster, leaders }: ClusterSide, clock: Clock): Promise<Answer<MetadataWithRights>> {
  const answer = await answerTo(async () => {
    const told = await cluster.callAny(metadataWithRights, { topics: null })
    await cluster.connect()
    return told
  }, clock)
  leaders.learn(answer.value?.topics.filter(({ errorCode }) => errorCode === 0) ?? [])
  return answer
}

async function withAdvertised(
  bootstrap: readonly BrokerFacts[],
  { brokers }: MetadataWithRights,
  { cluster }: ClusterSide,
  clock: Clock,
): Promise<BrokerFacts[]> {
  const advertised = await Promise.all(
    brokers.map(async ({ host, nodeId, port }): Promise<BrokerFacts> => {
      const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
      const known = bootstrap.find(broker => broker.address === address)
      const outcome = known ?? (await tryBroker(() => cluster.openDataConnection(nodeId), clock))
      return { ...outcome, address, role: 'advertised', nodeId }
    }),
  )
  const addresses = new Set(advertised.map(({ address }) => address))
  return [...bootstrap.filter(({ address }) => !addresses.has(address)), ...advertised]
}

/** Undefined where the connection is to be plaintext, or nobody knows how it is to be. */
async function readChains(
  { bootstrapBrokers }: ClusterConnectionOptions,
  security: Security | undefined,
  clock: Clock,
): Promise<ClusterFacts['chains']> {
  const tls = security?.tls
  if (tls === undefined) return undefined
  return await Promise.all(
    bootstrapBrokers.map(async address => {
      const over = new AbortController()
      const question = () => peerCertificates({ ...endpointOf(address), tls }, over.signal)
      const chain = await answerTo(question, clock)
      over.abort()
      return { address, chain }
    }),
  )
}

/** `host:port`, with IPv6 hosts in brackets. */
function endpointOf(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}
