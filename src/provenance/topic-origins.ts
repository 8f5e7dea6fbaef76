import type { ProvenanceRegistry } from './provenance-registry.js'

/**
 * Where topics come from: with prefixed names a copy stands under another name, so whole topics are left out, and no
 * chains `B.A.B.orders` are built, whatever the patterns say and however many clusters stand in the ring.
 */
export class TopicOrigins {
  private readonly registries: { source: ProvenanceRegistry; target: ProvenanceRegistry }
  private readonly clusters: { sourceId: string; targetId: string; targetAlias: string }
  private readonly replicatorId: string
  private readonly isPrefixed: boolean

  constructor(
    registries: { source: ProvenanceRegistry; target: ProvenanceRegistry },
    clusters: { sourceId: string; targetId: string; targetAlias: string },
    replicatorId: string,
    isPrefixed: boolean,
  ) {
    this.registries = registries
    this.clusters = clusters
    this.replicatorId = replicatorId
    this.isPrefixed = isPrefixed
  }

  refresh(): Promise<void> {
    return this.registries.source.refresh()
  }

  /**
   * By the registry; and by the name, since other tools (MirrorMaker 2, MSK) copy to `<alias>.<topic>` too and write
   * nothing down. Under identical names the records tell, not the topic.
   */
  cameFromTarget(sourceTopic: string): boolean {
    const { targetId, targetAlias } = this.clusters
    const path = this.registries.source.topicNamed(sourceTopic)?.path
    return path?.includes(targetId) === true || (this.isPrefixed && sourceTopic.startsWith(`${targetAlias}.`))
  }

  async claim(topics: readonly { sourceTopic: string; targetTopic: string }[]): Promise<void> {
    if (!this.isPrefixed) return
    const { source, target } = this.registries
    const claims = topics.map(({ sourceTopic, targetTopic }) => ({
      name: targetTopic,
      entry: {
        path: [...(source.topicNamed(sourceTopic)?.path ?? []), this.clusters.sourceId],
        replicatorId: this.replicatorId,
      },
    }))
    await target.claimTopics(claims)
  }
}
