import { beforeAll, describe, expect, test } from 'vitest'
import type { KafkaVersion } from '../../src/local-kafka/jars.js'
import type { ConsumedRecord, GroupOffset } from '../../src/local-kafka/outside-client-types.js'
import { firstUnlessThorough } from '../support/thorough.js'
import { type Side, startSide } from '../support/two-clusters.js'

/** The outside client as members of groups, and as what commits and deletes for them. */

const VERSIONS: readonly KafkaVersion[] = ['4.2.0', '2.8.1']
const PROTOCOLS = [
  ['4.2.0', 'classic'],
  ['4.2.0', 'consumer'],
  ['2.8.1', 'classic'],
] as const

const sides = new Map<KafkaVersion, Side>()

beforeAll(async () => {
  for (const version of VERSIONS) sides.set(version, await startSide({ name: `groups-${version}`, version }))
})

describe.each(firstUnlessThorough(PROTOCOLS))('members on %s by the %s protocol', (version, protocol) => {
  test('it reads on from its group, commits exactly what it answers, and leaves', async () => {
    const { client } = sides.get(version)!
    const [topic, empty, group] = [`read-${protocol}`, `empty-${protocol}`, `readers-${protocol}`]
    await client.createTopic(topic, 2)
    await client.createTopic(empty, 1)
    const records = Array.from({ length: 10 }, (_, n) => ({ partition: n % 2, key: 'k', value: `v${n}` }))
    await client.produce(topic, records)

    const first = await client.consume({ group, protocol, topics: [topic, empty], maxRecords: 3 })
    expect(first).toHaveLength(3)
    expect(first[0]).toMatchObject({ topic, offset: 0n, key: Buffer.from('k') })
    expect(consumedOffsets(await client.groupOffsets(group), topic)).toBe(3)
    expect(await client.listGroups()).toContainEqual(expect.objectContaining({ group, state: 'Empty' }))

    const rest = await client.consume({ group, protocol, topics: [topic, empty] })
    expect(valuesOf([...first, ...rest])).toEqual(records.map(({ value }) => value))
    expect(consumedOffsets(await client.groupOffsets(group), topic)).toBe(10)
    expect(await client.consume({ group, protocol, topics: [topic] })).toEqual([])
  })

  test('without commit the group stays where it was; without an offset the reset decides', async () => {
    const { client } = sides.get(version)!
    const [topic, group] = [`peek-${protocol}`, `peeking-${protocol}`]
    await client.createTopic(topic, 1)
    await client.produce(topic, [{ value: 'one' }])
    expect(await client.consume({ group, protocol, topics: [topic], commit: false })).toHaveLength(1)
    expect(await client.groupOffsets(group)).toEqual([])
    expect(
      await client.consume({ group, protocol, topics: [topic], commit: false, autoOffsetReset: 'latest' }),
    ).toEqual([])
    await expect(client.consume({ group, protocol, topics: [topic], autoOffsetReset: 'none' })).rejects.toThrow(
      /NoOffsetForPartition/,
    )
  })

  test('a member that stays keeps its group active until it is stopped', async () => {
    const { client } = sides.get(version)!
    const [topic, group] = [`live-${protocol}`, `living-${protocol}`]
    await client.createTopic(topic, 1)
    await client.produce(topic, [{ value: 'before' }])
    expect(await client.startMember({ group, protocol, topics: [topic] })).toEqual([{ topic, partition: 0 }])
    expect(await client.listGroups()).toContainEqual(expect.objectContaining({ group, state: 'Stable' }))
    await expect(client.commitOffset(group, topic, 0, 1)).rejects.toThrow(/UnknownMember/)
    await expect(client.deleteGroup(group)).rejects.toThrow(/GroupNotEmpty/)
    await client.stopMember(group)
    expect(await client.groupOffsets(group)).toEqual([])
    await client.commitOffset(group, topic, 0, 1)
    await expect(client.stopMember(group)).rejects.toThrow(/has no member/)
  })

  test('a live application commits what it reads', async () => {
    const { client } = sides.get(version)!
    const [topic, group] = [`app-${protocol}`, `app-${protocol}`]
    await client.createTopic(topic, 1)
    await client.startMember({ group, protocol, topics: [topic], commit: true })
    await client.produce(topic, [{ value: 'v0' }, { value: 'v1' }])
    await expect
      .poll(() => client.groupOffsets(group), { timeout: 20_000 })
      .toMatchObject([{ topic, partition: 0, offset: 2n }])
    expect(valuesOf(await client.stopMember(group))).toEqual(['v0', 'v1'])
  })

  test('committed transactions are read to their end, aborted ones never', async () => {
    const { client } = sides.get(version)!
    const [topic, group] = [`transactions-${protocol}`, `transactions-${protocol}`]
    await client.createTopic(topic, 1)
    for (const outcome of ['commit', 'abort', 'commit'] as const)
      await client.produce(topic, [{ value: outcome }], { transactional: { id: `records-${protocol}`, outcome } })
    expect(valuesOf(await client.consume({ group, protocol, topics: [topic] }))).toEqual(['commit', 'commit'])
    // Three records and their markers.
    expect(await client.groupOffsets(group)).toMatchObject([{ offset: 6n }])
  })
})

test('consuming beside another member is an error, not half an answer', async () => {
  const { client } = sides.get('4.2.0')!
  const [topic, group] = ['shared', 'sharing']
  await client.createTopic(topic, 2)
  await client.startMember({ group, topics: [topic] })
  // Time enough for the two to share the partitions.
  await expect(client.consume({ group, topics: [topic], timeoutMs: 6_000 })).rejects.toThrow(/not consumed in time/)
  await client.stopMember(group)
  expect(await client.consume({ group, topics: [topic] })).toEqual([])
})

describe.each(VERSIONS)('offsets on %s', version => {
  test('many partitions in one call; one can be forgotten, and the whole group', async () => {
    const { client } = sides.get(version)!
    await client.createTopic('many', 3)
    const offsets = [0, 1, 2].map(partition => ({ topic: 'many', partition, offset: partition * 10, metadata: 'note' }))
    await client.commitOffsets('many-offsets', offsets)
    await client.deleteGroupOffsets('many-offsets', 'many', 1)
    expect(sorted(await client.groupOffsets('many-offsets'))).toEqual([
      { topic: 'many', partition: 0, offset: 0n, metadata: 'note' },
      { topic: 'many', partition: 2, offset: 20n, metadata: 'note' },
    ])
    await client.deleteGroup('many-offsets')
    expect((await client.listGroups()).map(({ group }) => group)).not.toContain('many-offsets')
  })

  test('offsets of a transaction hold when it is committed, and only then', async () => {
    const { client } = sides.get(version)!
    await client.createTopic('pending', 1)
    const group = 'pending-group'
    const commit = (offset: number, outcome: 'commit' | 'abort' | 'leaveOpen') =>
      client.commitOffsetsInTransaction({
        transactionalId: 'pending',
        group,
        offsets: [{ topic: 'pending', partition: 0, offset }],
        outcome,
      })
    const offset = async () => (await client.groupOffsets(group)).map(one => Number(one.offset))
    await commit(1, 'commit')
    await expect.poll(offset).toEqual([1])
    await commit(2, 'abort')
    await commit(3, 'leaveOpen')
    expect(await offset()).toEqual([1])
    await client.endTransaction('pending', 'commit')
    // The markers are written after the answer.
    await expect.poll(offset).toEqual([3])
  })

  test('a thousand groups in one call', async () => {
    const { client } = sides.get(version)!
    await client.createTopic('thousand', 1)
    const offsets = [{ topic: 'thousand', partition: 0, offset: 7 }]
    await client.commitManyGroups({ prefix: 'many-', count: 1_000, offsets })
    const groups = (await client.listGroups()).map(({ group }) => group).filter(group => /^many-\d+$/.test(group))
    expect(groups).toHaveLength(1_000)
    expect(await client.groupOffsets('many-999')).toMatchObject(offsets.map(one => ({ ...one, offset: 7n })))
  })
})

function consumedOffsets(offsets: GroupOffset[], topic: string): number {
  return offsets.filter(one => one.topic === topic).reduce((sum, { offset }) => sum + Number(offset), 0)
}

function valuesOf(records: ConsumedRecord[]): string[] {
  return records.map(({ value }) => String(value)).sort()
}

function sorted(offsets: GroupOffset[]): GroupOffset[] {
  return offsets.sort((one, other) => one.partition - other.partition)
}
