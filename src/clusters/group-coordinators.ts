import { groupBy } from '../group-by.js'
import { Code, ConnectionError, KafkaError } from '../wire/kafka-errors.js'
import { type FoundCoordinator, findCoordinator, findCoordinators } from '../wire/messages/find-coordinator.js'
import { chunksOf } from './chunks.js'
import type { Cluster } from './cluster.js'
import { refusal } from './refusal.js'
import type { RequestSlots } from './request-slots.js'

/** An answer of about 50 KiB: a broker looks each up in its memory. */
const KEYS_PER_REQUEST = 500

/** Which broker coordinates each group. What is known is kept until a broker says otherwise or does not answer. */
export class GroupCoordinators {
  private readonly cluster: Cluster
  private readonly slots: RequestSlots
  private readonly nodeOf = new Map<string, number>()
  private turn = 0

  constructor(cluster: Cluster, slots: RequestSlots) {
    this.cluster = cluster
    this.slots = slots
  }

  /** A broker has listed these groups, so it coordinates them. */
  learn(nodeId: number, groups: Iterable<string>): void {
    for (const group of groups) this.nodeOf.set(group, nodeId)
  }

  /** The group is to be looked for again. */
  forget(group: string): void {
    this.nodeOf.delete(group)
  }

  /** Forgets all but these, so that groups which are no more do not stay in memory. */
  keepOnly(groups: ReadonlySet<string>): void {
    for (const group of this.nodeOf.keys()) if (!groups.has(group)) this.nodeOf.delete(group)
  }

  /**
   * The groups by the broker that coordinates them, and why the others have none that is known. Brokers are asked only
   * about groups that are not known yet.
   */
  async locate(groups: readonly string[]): Promise<{ byNode: Map<number, string[]>; failures: Map<string, Error> }> {
    const unknown = groups.filter(group => !this.nodeOf.has(group))
    const failures = unknown.length > 0 ? await this.find(unknown) : new Map<string, Error>()
    const known = groups.filter(group => this.nodeOf.has(group))
    for (const group of unknown) {
      if (!this.nodeOf.has(group) && !failures.has(group)) failures.set(group, leftOut(group))
    }
    return { byNode: groupBy(known, group => this.nodeOf.get(group) as number), failures }
  }

  private async find(groups: readonly string[]): Promise<Map<string, Error>> {
    const failures = new Map<string, Error>()
    try {
      const nodeId = await this.nextNode()
      for (const row of await this.ask(nodeId, groups)) {
        if (row.errorCode === Code.None) this.nodeOf.set(row.group, row.nodeId)
        else failures.set(row.group, this.refusalOf(row))
      }
    } catch (error) {
      for (const group of groups) if (!this.nodeOf.has(group)) failures.set(group, error as Error)
    }
    return failures
  }

  private async ask(nodeId: number, groups: readonly string[]): Promise<FoundCoordinator[]> {
    if (await this.cluster.supports(nodeId, findCoordinators)) {
      const chunks = chunksOf(groups, KEYS_PER_REQUEST)
      const answers = chunks.map(chunk =>
        this.slots.run(nodeId, () => this.cluster.call(nodeId, findCoordinators, chunk)),
      )
      return (await Promise.all(answers)).flat()
    }
    const answers = groups.map(async group => {
      const found = await this.slots.run(nodeId, () => this.cluster.call(nodeId, findCoordinator, group))
      return { group, ...found }
    })
    return Promise.all(answers)
  }

  private refusalOf({ group, errorCode, errorMessage }: FoundCoordinator): KafkaError {
    const needed = { operation: 'Describe', resource: `group ${group}` } as const
    return refusal(this.cluster, errorCode, `finding the coordinator of group ${group}`, needed, errorMessage)
  }

  /** Another broker each time, so that one that hangs does not stand in the way of every try. */
  private async nextNode(): Promise<number> {
    if (this.cluster.brokerCount === 0) await this.cluster.metadata([])
    const nodes = this.cluster.nodeIds()
    const node = nodes[this.turn++ % nodes.length]
    if (node === undefined) throw new ConnectionError(`no broker of cluster ${this.cluster.alias} is known`)
    return node
  }
}

function leftOut(group: string): KafkaError {
  return new KafkaError(Code.CoordinatorNotAvailable, `group ${group} was left out of the answer about coordinators`)
}
