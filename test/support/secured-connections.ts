import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { resolveConnection } from '../../src/config/resolve-connections.js'
import type { ClusterOverride, Connections } from '../../src/config/types.js'
import type { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.js'
import type { Way } from './secured-kafka.js'

/** Secrets in files and the connections made from them, as the command line does it. */
export class SecuredConnections {
  readonly secrets: NonNullable<Connections['Secrets']> = {}
  private readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Writes a secret, anew where it is there already; answers its ARN. */
  async secret(name: string, content: Record<string, string>): Promise<string> {
    const file = path.join(this.folder, `${name}.json`)
    await writeFile(file, JSON.stringify(content))
    const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`
    this.secrets[arn] = { File: file }
    return arn
  }

  /** As files that name this cluster, this listener and this login would be resolved; `broker` is another address. */
  to(
    kafka: LocalKafka,
    at: Way | { broker: string },
    override: Omit<ClusterOverride, 'BootstrapBrokerString'>,
  ): Promise<ReplicatorOptions['source']> {
    const BootstrapBrokerString = typeof at === 'string' ? kafka.listener(at) : at.broker
    const ApacheKafkaClusterId = kafka.clusterId
    return resolveConnection(
      { ApacheKafkaCluster: { ApacheKafkaClusterId, BootstrapBrokerString } },
      { Secrets: this.secrets, Clusters: { [ApacheKafkaClusterId]: override } },
    )
  }
}
