import type { Cluster } from '../clusters/cluster.js'
import { lacking } from '../clusters/refusal.js'
import { createAcls, describeAcls } from '../clusters/topic-acls.js'
import { messageOf } from '../errors.js'
import type { EventListener } from '../events.js'
import { everyTopicAcls, missingAcls, withoutFences } from '../policy/acl-plan.js'
import { Code, KafkaError } from '../wire/kafka-errors.js'

/** Copies the access rules of copied topics (`policy/acl-plan.ts` says which). Never in the way of the records. */
export class AclSync {
  private readonly source: Cluster
  private readonly target: Cluster
  private readonly emit: EventListener
  /** Topics that are fenced on the source for the time of a switch: that is not to travel. */
  private readonly fencedTopics: () => readonly string[]
  /** What was told last, so that it is told once. */
  private trouble: string | undefined
  private everyTopicTold = 0

  constructor(
    clusters: { source: Cluster; target: Cluster },
    emit: EventListener,
    fencedTopics: () => readonly string[] = () => [],
  ) {
    this.fencedTopics = fencedTopics
    this.source = clusters.source
    this.target = clusters.target
    this.emit = emit
  }

  /**
   * One round: creates on the target what it lacks. Never rejects: what stands in the way is told once, and tried again
   * with the next round.
   */
  async round(copied: readonly { sourceTopic: string; targetTopic: string }[]): Promise<void> {
    const names = new Map(copied.map(({ sourceTopic, targetTopic }) => [sourceTopic, targetTopic]))
    try {
      // A fence may go up or down while the answer is on its way, and this does not tell on which side of that it was given.
      const before = this.fencedTopics()
      const all = await this.read(this.source, 'Describe')
      if (all === undefined) return
      const onSource = withoutFences(all, [...before, ...this.fencedTopics()])
      this.tellEveryTopic(everyTopicAcls(onSource).length)
      if (missingAcls(onSource, names, []).length === 0) return this.done()
      const onTarget = await this.read(this.target, 'Alter')
      if (onTarget === undefined) return
      await this.create(missingAcls(onSource, names, onTarget))
      this.done()
    } catch (error) {
      this.tell('warn', `access rules (ACLs) are not copied: ${messageOf(error)}; the records are`)
    }
  }

  /** Undefined where there are none to be had, which is told. `operation` is what this cluster must allow us. */
  private async read(cluster: Cluster, operation: 'Describe' | 'Alter') {
    try {
      return await describeAcls(cluster)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      if (error.code === Code.SecurityDisabled) {
        this.tell('info', `no access rules (ACLs) to copy: ${cluster.alias} has no authorizer`)
        return undefined
      }
      throw withRight(error, cluster, operation)
    }
  }

  private async create(missing: ReturnType<typeof missingAcls>): Promise<void> {
    if (missing.length === 0) return
    const { created, refusal } = await createAcls(this.target, missing)
    if (created.length > 0) this.tellCopied(created)
    if (refusal) throw withRight(refusal, this.target, 'Alter')
  }

  private done(): void {
    this.trouble = undefined
  }

  private tell(level: 'info' | 'warn', message: string): void {
    if (this.trouble === message) return
    this.trouble = message
    this.emit({ code: 'acls-not-copied', level, message, data: {} })
  }

  private tellCopied(created: readonly { topic: string }[]): void {
    const topics = [...new Set(created.map(({ topic }) => topic))]
    const where = topics.length === 1 ? `topic ${topics[0]}` : `${topics.length} topics`
    this.emit({
      code: 'acls-copied',
      level: 'info',
      message: `${created.length} access rule${created.length === 1 ? '' : 's'} (ACLs) of ${where} copied to ${this.target.alias}`,
      data: { acls: created.length, topics: topics.length },
    })
  }

  private tellEveryTopic(count: number): void {
    if (count === this.everyTopicTold) return
    this.everyTopicTold = count
    if (count === 0) return
    this.emit({
      code: 'acls-not-copied',
      level: 'info',
      message: `${count} access rule${count === 1 ? '' : 's'} (ACLs) about "*" on ${this.source.alias} not copied: on ${this.target.alias} they would be about topics that are not copied too; create them there if they are wanted`,
      data: { acls: count },
    })
  }
}

/** The broker's own words name objects in its memory, others each time. */
function withRight(error: KafkaError, cluster: Cluster, operation: 'Describe' | 'Alter'): Error {
  if (error.code !== Code.ClusterAuthorizationFailed) return error
  return new Error(lacking(cluster, { operation, resource: 'the cluster' }))
}
