import type { Cluster } from '../../../src/clusters/cluster.js'
import type { NewTopic, TopicAdmin } from '../../../src/clusters/topic-admin.js'
import type { Api } from '../../../src/wire/api.js'
import { incrementalAlterConfigs } from '../../../src/wire/messages/incremental-alter-configs.js'

/** What `clusters/topic-admin.ts` promises, over the network in memory. */
export class SimAdmin implements Pick<TopicAdmin, keyof TopicAdmin> {
  private readonly cluster: Cluster

  constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  create(topic: NewTopic): Promise<boolean> {
    return this.ask(19, 'CreateTopics', topic)
  }

  growTo(topic: string, count: number): Promise<void> {
    return this.ask(37, 'CreatePartitions', { topic, count })
  }

  delete(topic: string): Promise<void> {
    return this.ask(20, 'DeleteTopics', { topic })
  }

  overrides(topics: readonly string[]): Promise<Map<string, Map<string, string>>> {
    return this.ask(32, 'DescribeConfigs', { topics })
  }

  async alter(topic: string, changes: { name: string; value: string | null }[]): Promise<void> {
    await this.cluster.callAny(incrementalAlterConfigs, { topics: [{ topic, changes }] })
  }

  async close(): Promise<void> {}

  private ask<Response>(key: number, name: string, request: unknown): Promise<Response> {
    return this.cluster.callAny({ key, name } as Api<unknown, Response>, request)
  }
}
