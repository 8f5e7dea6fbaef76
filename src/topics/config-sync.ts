import type { ClusterSide } from '../clusters/cluster-side.js'
import type { EventListener } from '../events.js'
import { planConfigs } from '../policy/config-plan.js'
import { KafkaError } from '../wire/kafka-errors.js'
import type { SelectedTopic } from './selected-topic.js'
import type { TopicTroubles } from './topic-troubles.js'

/** Brings the configurations of target topics to what their sources have. */
export class ConfigSync {
  private readonly source: ClusterSide
  private readonly target: ClusterSide
  private readonly troubles: TopicTroubles
  private readonly emit: EventListener

  constructor(clusters: { source: ClusterSide; target: ClusterSide }, troubles: TopicTroubles, emit: EventListener) {
    this.source = clusters.source
    this.target = clusters.target
    this.troubles = troubles
    this.emit = emit
  }

  /** Reads what is set on the source topics. */
  async read(selected: readonly SelectedTopic[]): Promise<void> {
    const overrides = await this.source.admin.overrides(selected.map(({ source }) => source.name))
    for (const topic of selected) {
      const found = overrides.get(topic.source.name)
      if (found instanceof KafkaError) this.troubles.add(topic.source.name, found)
      else topic.overrides = found
    }
  }

  /** Sets on the target topics what differs, and nothing else. */
  async write(existing: readonly SelectedTopic[]): Promise<void> {
    const onTarget = await this.target.admin.overrides(existing.map(({ targetTopic }) => targetTopic))
    const drifted = existing.flatMap(({ source, targetTopic, overrides }) => {
      const found = onTarget.get(targetTopic)
      if (found instanceof KafkaError) this.troubles.add(source.name, found)
      if (overrides === undefined || found === undefined || found instanceof KafkaError) return []
      const changes = planConfigs(overrides, found)
      return changes.length === 0 ? [] : [{ sourceTopic: source.name, topic: targetTopic, changes }]
    })
    const refusals = await this.target.admin.alterAll(drifted)
    for (const { sourceTopic, topic, changes } of drifted) {
      const refusal = refusals.get(topic)
      if (refusal) {
        this.troubles.add(sourceTopic, refusal)
        continue
      }
      const list = changes
        .map(({ name, value }) => (value === null ? `${name} removed` : `${name}=${value}`))
        .join(', ')
      this.emit({
        code: 'topic-config-copied',
        level: 'info',
        message: `topic ${topic}: ${list}, as on the source`,
        data: { sourceTopic, targetTopic: topic, changes: list },
      })
    }
  }
}
