import { Input, Output } from '../bytes.js'
import type { MemoryBroker, MemoryCluster } from './memory-cluster.js'

const OFFSET_METADATA_TOO_LARGE = 12
const COORDINATOR_LOAD_IN_PROGRESS = 14
const COORDINATOR_NOT_AVAILABLE = 15
const NOT_COORDINATOR = 16
const UNKNOWN_TOPIC_OR_PARTITION = 3
const UNKNOWN_MEMBER_ID = 25

interface Asked {
  cluster: MemoryCluster
  broker: MemoryBroker
  input: Input
  version: number
  /** Elapsed milliseconds. */
  sentAt: number
}

/** Requests about groups, by Kafka's number. They travel as bytes: the engine recognises answers by them. */
const HANDLERS: Record<number, (asked: Asked) => Output> = {
  8: offsetCommit,
  9: offsetFetch,
  10: findCoordinator,
  16: listGroups,
}

export function isAboutGroups(key: number): boolean {
  return key in HANDLERS
}

export function answerGroups(
  cluster: MemoryCluster,
  broker: MemoryBroker,
  { key, version, bytes, sentAt }: { key: number; version: number; bytes: Buffer; sentAt: number },
): Buffer {
  const input = new Input(bytes)
  const output = HANDLERS[key]!({ cluster, broker, input, version, sentAt })
  if (!input.isAtEnd) throw new Error(`request ${key} has bytes behind its end`)
  return output.done()
}

/**
 * Version 4, and 5 with types. A broker that is about to coordinate groups says so, or lists none of them: that it has
 * become the leader it may not have heard yet.
 */
function listGroups({ cluster, broker, input, version }: Asked): Output {
  input.compactList(() => input.compactString())
  if (version >= 5) input.compactList(() => input.compactString())
  input.noTags()
  const { groups, world } = cluster
  const own = groups.names.filter(name => groups.coordinates(broker.nodeId, name))
  const isLoading = own.some(name => groups.isLoading(name))
  const errorCode = isLoading && world.brokers.chance(0.5) ? COORDINATOR_LOAD_IN_PROGRESS : 0
  const listed = own.filter(name => !groups.isLoading(name))
  const output = new Output().int32(0).int16(errorCode)
  output.compactList(listed, name => {
    const hasMembers = groups.hasMembers(name)
    output.compactString(name).compactString(hasMembers ? 'consumer' : '')
    output.compactString(hasMembers ? 'Stable' : 'Empty')
    if (version >= 5) output.compactString('classic')
    output.noTags()
  })
  return output.noTags()
}

/** Version 4. */
function findCoordinator({ cluster, input }: Asked): Output {
  input.int8()
  const keys = input.compactList(() => input.compactString()!)
  input.noTags()
  const output = new Output().int32(0)
  output.compactList(keys, key => {
    const nodeId = cluster.groups.coordinatorOf(key)
    const isThere = cluster.broker(nodeId)?.isUp ?? false
    output.compactString(key).int32(isThere ? nodeId : -1)
    output.compactString(isThere ? cluster.alias : '').int32(isThere ? 9000 + nodeId : -1)
    output
      .int16(isThere ? 0 : COORDINATOR_NOT_AVAILABLE)
      .compactString(null)
      .noTags()
  })
  return output.noTags()
}

/** Version 8, all topics of each group. */
function offsetFetch({ cluster, broker, input }: Asked): Output {
  const names = input.compactList(() => {
    const group = input.compactString()!
    if (input.unsignedVarint() !== 0) throw new Error('OffsetFetch names topics, which the simulation does not know')
    input.noTags()
    return group
  })
  input.int8()
  input.noTags()
  const output = new Output().int32(0)
  output.compactList(names, group => {
    const errorCode = troubleOf(cluster, broker, group)
    output.compactString(group)
    writeOffsets(output, errorCode === 0 ? cluster.groups.offsets(group) : [])
    output.int16(errorCode).noTags()
  })
  return output.noTags()
}

function writeOffsets(output: Output, offsets: ReturnType<MemoryCluster['groups']['offsets']>): void {
  const topics = [...new Set(offsets.map(({ topic }) => topic))]
  output.compactList(topics, name => {
    const rows = offsets.filter(({ topic }) => topic === name)
    output.compactString(name).compactList(rows, ({ partition, offset, metadata }) => {
      output.int32(partition).int64(offset).int32(-1).compactString(metadata).int16(0).noTags()
    })
    output.noTags()
  })
}

/** Version 8, of somebody who is no member: taken for a group that has none (Kafka: `validateOffsetCommit`). */
function offsetCommit({ cluster, broker, input, sentAt }: Asked): Output {
  const group = input.compactString()!
  const [generation, member, instance] = [input.int32(), input.compactString(), input.compactString()]
  if (generation !== -1 || member !== '' || instance !== null) throw new Error('a commit as a member of a group')
  const topics = input.compactList(() => {
    const topic = input.compactString()!
    const partitions = input.compactList(() => {
      const row = { partition: input.int32(), offset: input.int64() }
      input.int32()
      const metadata = input.compactString() ?? ''
      input.noTags()
      return { topic, ...row, metadata }
    })
    input.noTags()
    return { topic, partitions }
  })
  input.noTags()
  const refusal = troubleOf(cluster, broker, group) || (cluster.groups.hasMembers(group) ? UNKNOWN_MEMBER_ID : 0)
  const output = new Output().int32(0)
  output.compactList(topics, ({ topic, partitions }) => {
    output.compactString(topic).compactList(partitions, row => {
      const errorCode = refusal || refusalOf(cluster, row)
      if (errorCode === 0) cluster.groups.commit(group, row, sentAt)
      output.int32(row.partition).int16(errorCode).noTags()
    })
    output.noTags()
  })
  return output.noTags()
}

function troubleOf({ groups }: MemoryCluster, { nodeId }: MemoryBroker, group: string): number {
  if (!groups.coordinates(nodeId, group)) return NOT_COORDINATOR
  return groups.isLoading(group) ? COORDINATOR_LOAD_IN_PROGRESS : 0
}

function refusalOf(cluster: MemoryCluster, row: { topic: string; partition: number; metadata: string }): number {
  if (!cluster.partition(row.topic, row.partition)) return UNKNOWN_TOPIC_OR_PARTITION
  return row.metadata.length > cluster.maxMetadataBytes ? OFFSET_METADATA_TOO_LARGE : 0
}
