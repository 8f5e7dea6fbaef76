import { beforeAll, describe, expect, test } from 'vitest'
import { readStamp } from '../../src/policy/commit-stamp.js'
import { commitOf, untilGroupsAre, untilOffsetIs } from '../support/group-offsets.js'
import { plainTopic } from '../support/group-topics.js'
import { type RunningReplicator, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/** Which groups are taken, under whatever names, and what goes with their offsets. */

/** One replicator for all tests: two that copy the same topic would write its records twice. */
const ID = 'selected'

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters()
  await plainTopic(clusters.source, 'orders', { count: 10 })
  await plainTopic(clusters.source, 'private', { count: 10 })
})

describe('which groups are taken', () => {
  test('those that are included as a whole name and not excluded', async () => {
    const taken = ['eu.billing', 'eu.mail', 'us.billing']
    const left = ['eu.billing.test', 'eu.mail.test', 'other.eu.billing', 'us.mail']
    await commitAll([...taken, ...left])
    const running = await start({ include: ['eu\\..*', 'us\\.billing'], exclude: ['.*\\.test'] })
    await untilAllAreThere(taken)
    expect(followed(running)).toEqual(taken.toSorted())
    await expectNotOnTarget(left)
  })

  test('only those that have read a copied topic, and of their offsets only those', async () => {
    const { client } = clusters.source
    await client.commitOffset('private-only', 'private', 0, 5)
    await client.commitOffset('private-too', 'private', 0, 5)
    await client.commitOffset('private-too', 'orders', 0, 5)
    const running = await start('private-.*')
    await untilOffsetIs(clusters.target, 'private-too', 5) // throws where it has more than one
    expect(followed(running)).toEqual(['private-too'])
    expect(running.replicator.snapshot().groups?.count).toBe(1)
    await expectNotOnTarget(['private-only'])
  })

  test('later ones too; and without DetectAndCopyNewConsumerGroups none of them, in no life', async () => {
    const options = { include: ['later-.*'], detectNew: false }
    await commitAll(['later-first'])
    const first = await start(options, 'only-first', 'private')
    await first.until('the groups are found', () => first.replicator.snapshot().groups !== undefined)
    await clusters.source.client.commitOffset('later-first', 'private', 0, 5)
    await untilGroupsAre(first, 'synced', 'later-first')
    await clusters.source.client.commitOffset('later-second', 'private', 0, 5)
    await first.stop()
    const second = await start(options, 'only-first', 'private')
    await untilGroupsAre(second, 'synced', 'later-first')
    expect(followed(second)).toEqual(['later-first'])
    await expectNotOnTarget(['later-second'])
    await second.stop()

    const third = await start({ ...options, detectNew: true }, 'only-first', 'private')
    await untilGroupsAre(third, 'synced', 'later-second')
    await clusters.source.client.commitOffset('later-third', 'private', 0, 5)
    await untilGroupsAre(third, 'synced', 'later-third')
  })
})

test('a name may have any characters', async () => {
  const names = ['a b', 'a/b', '..', 'naïve — Ω', '🦜🦜', 'tab\there', 'two\nlines', '%41', '{"a":1}', 'x'.repeat(249)]
  const marked = names.map(name => `any ${name}`.slice(0, 249))
  await commitAll(marked)
  // As in Java, "." is any character but the end of a line unless told so.
  const running = await start('(?s)any .*')
  await untilAllAreThere(marked)
  expect(followed(running)).toEqual(marked.toSorted())
  await untilGroupsAre(running, 'synced')
})

describe("what goes with an offset, the commit's metadata", () => {
  test('an application’s own is carried untouched, also where it changes or becomes empty', async () => {
    const own = ['AgAAAY7Fm0Eg', 'kafka-replicator:of:nobody', '{"as": "JSON – ü"}']
    for (const [n, metadata] of own.entries())
      await clusters.source.client.commitOffset(`own-${n}`, 'orders', 0, 5, metadata)
    await start('own-.*')
    for (const [n, metadata] of own.entries()) {
      await untilOffsetIs(clusters.target, `own-${n}`, 5)
      expect(await commitOf(clusters.target, `own-${n}`)).toMatchObject({ offset: 5n, metadata })
    }
    await clusters.source.client.commitOffset('own-0', 'orders', 0, 6, 'another')
    await clusters.source.client.commitOffset('own-1', 'orders', 0, 6)
    for (const group of ['own-0', 'own-1']) await untilOffsetIs(clusters.target, group, 6)
    expect((await commitOf(clusters.target, 'own-0'))?.metadata).toBe('another')
    expect(await stampOf('own-1')).toMatchObject({ replicatorId: ID, sourceOffset: 6 })
  })

  test('otherwise it says whose translation it is', async () => {
    await commitAll(['stamped'])
    await start('stamped')
    await untilAllAreThere(['stamped'])
    expect(await stampOf('stamped')).toEqual({
      replicatorId: ID,
      generation: expect.any(Number),
      sourceOffset: 5,
    })
  })
})

async function start(groups: TestOptions['groups'], id = ID, topics = 'orders'): Promise<RunningReplicator> {
  const running = await startReplicator(clusters, { id, topics, ...(groups === undefined ? {} : { groups }) })
  await running.untilCaughtUp(topics)
  return running
}

/** Each at offset 5. */
async function commitAll(groups: readonly string[]): Promise<void> {
  for (const group of groups) await clusters.source.client.commitOffset(group, 'orders', 0, 5)
}

async function untilAllAreThere(groups: readonly string[]): Promise<void> {
  for (const group of groups) await untilOffsetIs(clusters.target, group, 5)
}

async function expectNotOnTarget(groups: readonly string[]): Promise<void> {
  const listed = (await clusters.target.client.listGroups()).map(({ group }) => group)
  expect(groups.filter(group => listed.includes(group))).toEqual([])
}

function followed(running: RunningReplicator): string[] {
  return (running.replicator.snapshot().groups?.topics ?? []).map(({ group }) => group).toSorted()
}

async function stampOf(group: string) {
  return readStamp((await commitOf(clusters.target, group))?.metadata ?? '')
}
