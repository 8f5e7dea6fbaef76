import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { Cluster } from '../../src/clusters/cluster.js'
import { examine } from '../../src/doctor/doctor.js'
import type { DoctorReport, Severity } from '../../src/doctor/finding.js'
import { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.js'
import { allow, LEAST_RIGHTS, type Right, setPassword } from '../support/kafka-rights.js'
import { SecuredConnections } from '../support/secured-connections.js'
import { makeTrust, startSecuredKafka, type Trust } from '../support/secured-kafka.js'
import { optionsFor } from '../support/start-replicator.js'
import { isThorough, thoroughTest } from '../support/thorough.js'
import type { TwoClusters } from '../support/two-clusters.js'

/** Two secured clusters where things are wrong on purpose: real brokers, real refusals. */

const PASSWORD = 'correct horse'
const TOPIC = 'orders'

let trust: Trust
let source: LocalKafka
let target: LocalKafka
let connections: SecuredConnections
let healthy: ReplicatorOptions

beforeAll(async () => {
  if (!isThorough) return
  const folder = await mkdtemp(path.join(tmpdir(), 'doctor-'))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  connections = new SecuredConnections(folder)
  trust = await makeTrust()
  ;[source, target] = (await Promise.all([startSecuredKafka('source', trust), startSecuredKafka('target', trust)])) as [
    LocalKafka,
    LocalKafka,
  ]
  await source.createTopic(TOPIC, 3, { 'retention.ms': '123456789' })
  await source.produce(TOPIC, [{ value: 'one', partition: 0 }])
  await source.commitOffset('billing', TOPIC, 0, 1)
  await addUser('replicator', LEAST_RIGHTS)
  healthy = await optionsOf('replicator')
})

thoroughTest(
  'finds nothing against clusters that a replicator can use, with just the rights of README.md',
  async () => {
    const report = await examine(healthy, systemClock)
    // The certificates of the tests are made for a day.
    expect(troubles(report)).toEqual([
      expect.stringMatching(/^localhost:\d+: TLSv1\.3, issued by Test Authority, valid until [\d-]+, in 0 days$/),
      expect.stringMatching(/, in 0 days$/),
    ])
    expect(report.source.clusterId).toBe(source.clusterId)
    const said = sentences(report, 'ok')
    expect(said).toContain('1 topic selected, nothing against them; 1 topic will be created on the target')
    expect(said).toContain('1 consumer group selected')
    expect(said).toMatch(/by its requests Kafka \d/)
    // Nothing tells the clocks, and quotas need a right that an engine does not.
    const unknown = report.findings.filter(({ severity }) => severity === 'unknown').map(({ area }) => area)
    expect(unknown).toEqual(['quotas', 'quotas', 'clocks'])
    // Not even the topic that a broker makes when it is asked for the coordinator of a group.
    expect(await topicsOf(target)).toEqual([])
  },
)

thoroughTest('names each right that is missing, with the command that gives it', async () => {
  const less = (rights: readonly Right[], kind: Right['resource'], operation: string) =>
    rights.map(one =>
      one.resource === kind ? { ...one, operations: one.operations.filter(each => each !== operation) } : one,
    )
  const ofTarget = less(less(LEAST_RIGHTS.target, 'topic', 'Write'), 'group', 'Read')
  await addUser('timid', {
    source: less(LEAST_RIGHTS.source, 'topic', 'Read'),
    target: less(ofTarget, 'cluster', 'Alter'),
  })
  const report = await examine(await optionsOf('timid'), systemClock)
  const missing = report.findings.filter(({ severity }) => severity === 'error')
  expect(missing.map(({ side, what }) => [side, what.split(' of ')[0]])).toEqual([
    ['source', `User:timid lacks Read on 1 topic (${TOPIC})`],
    ['target', expect.stringContaining('User:timid lacks Write on 3 topics (')],
    ['target', 'User:timid lacks Read on 1 group (billing)'],
    ['target', 'User:timid lacks Alter on the cluster'],
  ])
  expect(missing[0]!.fix).toBe(
    `kafka-acls.sh --bootstrap-server ${source.listener('scramtls')} --command-config admin.properties --add --allow-principal User:timid --operation Read --topic ${TOPIC}`,
  )
  expect(missing[3]!.fix).toMatch(/--operation Alter --cluster$/)
})

thoroughTest('a topic that may not even be described is told from one that is not there', async () => {
  await addUser('blind', { source: LEAST_RIGHTS.source.slice(1), target: LEAST_RIGHTS.target })
  const report = await examine(await optionsOf('blind'), systemClock)
  expect(sentences(report, 'error')).toContain(`lacks Describe on 2 topics (${TOPIC}, __kafka_replicator_provenance)`)
  const absent = await optionsOf('replicator', 'there-is-none')
  const none = await examine(absent, systemClock)
  expect(none.counts.error).toBe(0)
  expect(sentences(none, 'warning')).toContain('no topic is selected')
})

thoroughTest(
  'topics that do not fit: fewer partitions, a smaller limit, another cleanup, times that are refused',
  async () => {
    const topic = 'misfit'
    await source.createTopic(topic, 3)
    await source.produce(topic, [{ value: 'old', partition: 1, timestamp: String(Date.now() - 86_400_000) }])
    const configs = { 'max.message.bytes': '1000', 'message.timestamp.before.max.ms': '3600000' }
    await target.createTopic(topic, 2, { ...configs, 'cleanup.policy': 'compact' })
    const options = await optionsOf('replicator', topic)
    const report = await examine({ ...options, topics: { ...options.topics, copyConfigurations: false } }, systemClock)
    expect(sentences(report, 'warning')).toContain(`${topic} has 2 partitions on the target, its source 3`)
    expect(sentences(report, 'warning')).toContain(`${topic} has cleanup.policy=compact, its source delete`)
    expect(sentences(report, 'error')).toContain(`${topic} takes batches of 1000 bytes (max.message.bytes)`)
    expect(sentences(report, 'error')).toContain('takes no record 3600000 ms too old (message.timestamp.before.max.ms)')
  },
)

thoroughTest('one cluster twice, a wrong id, a wrong password: the other checks run on', async () => {
  const twice = await examine({ ...healthy, target: healthy.source }, systemClock)
  expect(sentences(twice, 'error')).toContain(`source and target are the same cluster ("${source.clusterId}")`)
  expect(sentences(twice, 'ok')).toContain('1 topic selected')

  const other = await examine({ ...healthy, source: { ...healthy.source, expectedClusterId: 'other' } }, systemClock)
  expect(sentences(other, 'error')).toContain('the configuration says "other"')

  const secret = await connections.secret('wrong', { username: 'replicator', password: 'guessed' })
  const refused = await examine({ ...healthy, target: await enter(target, secret) }, systemClock)
  expect(sentences(refused, 'error')).toContain('refuses the login of "replicator" with SCRAM-SHA-512')
  expect(JSON.stringify(refused)).not.toContain('guessed')
  expect(sentences(refused, 'ok')).toContain('1 topic selected')
})

thoroughTest('records that are about to be deleted before they are copied', async () => {
  const topic = 'hurry'
  const hour = 3_600_000
  await source.createTopic(topic, 2, { 'retention.ms': String(4 * hour) })
  await source.produce(topic, [{ value: 'late', partition: 1, timestamp: String(Date.now() - 3.5 * hour) }])
  await source.produce(topic, [{ value: 'in time', partition: 0 }])
  const report = await examine(await optionsOf('replicator', topic), systemClock)
  expect(sentences(report, 'warning')).toContain(
    `${topic}: records of partition 1 are not copied yet and due for deletion within 1 h`,
  )
})

thoroughTest('Kafka 2.8.1 tells the same; and where nobody asks for rights, all are there', async () => {
  await using old = await LocalKafka.start({ name: 'old', version: '2.8.1' })
  await old.createTopic(TOPIC, 3)
  await old.produce(TOPIC, [{ value: 'one' }])
  await old.commitOffset('billing', TOPIC, 0, 1)
  const report = await examine(plainOptions(old, target), systemClock)
  expect(troubles(report)).toEqual([])
  expect(sentences(report, 'ok')).toContain('by its requests Kafka 2.7 to 3.0); topics are fetched by name')
  expect(sentences(report, 'ok')).toMatch(/User:ANONYMOUS has every right it needs on old.* on target/s)
  expect(report.findings.filter(({ severity }) => severity === 'unknown').map(({ area }) => area)).toEqual(['clocks'])

  const back = await examine(plainOptions(target, old), systemClock)
  expect(back.counts.error).toBe(0)
  expect(sentences(back, 'unknown')).not.toContain('what we may do')
})

thoroughTest('a cluster that hangs costs its own checks only, and it ends within 30 s', async () => {
  await target.pause()
  try {
    const began = performance.now()
    const report = await examine(plainOptions(source, target), systemClock)
    expect(performance.now() - began).toBeLessThan(30_000)
    expect(sentences(report, 'error')).toMatch(/of target: no answer within 4\.5 s$/)
    expect(sentences(report, 'ok')).toContain('1 topic selected')
  } finally {
    await target.unpause()
  }
})

/** As its owner sees them, internal ones too. */
async function topicsOf(kafka: LocalKafka): Promise<string[]> {
  const cluster = new Cluster(plainOptions(kafka, kafka).source)
  try {
    return (await cluster.metadata(null)).topics.map(({ name }) => name)
  } finally {
    await cluster.close()
  }
}

/** Through the listener of the owner, who may do everything. */
function plainOptions(from: LocalKafka, to: LocalKafka): ReplicatorOptions {
  const options = optionsFor({ source: { kafka: from }, target: { kafka: to } } as TwoClusters, {
    ...{ topics: TOPIC, groups: 'billing' },
  })
  return {
    ...options,
    source: { ...options.source, alias: from.name },
    target: { ...options.target, alias: to.name },
  }
}

async function addUser(user: string, rights: Record<'source' | 'target', readonly Right[]>): Promise<void> {
  await connections.secret(user, { username: user, password: PASSWORD })
  for (const [side, kafka] of [
    ['source', source],
    ['target', target],
  ] as const) {
    await setPassword(kafka, user, PASSWORD)
    await allow(kafka, `User:${user}`, rights[side])
  }
}

async function optionsOf(user: string, topics = TOPIC): Promise<ReplicatorOptions> {
  const secret = await connections.secret(user, { username: user, password: PASSWORD })
  const both = { source: { kafka: source }, target: { kafka: target } } as TwoClusters
  const options = optionsFor(both, { topics, groups: 'billing' })
  return { ...options, source: await enter(source, secret), target: await enter(target, secret) }
}

async function enter(kafka: LocalKafka, secret: string): Promise<ReplicatorOptions['source']> {
  const ca = await connections.secret('ca', { certificate: trust.authority.certificate })
  return connections.to(kafka, 'scramtls', {
    EncryptionInTransit: { EncryptionType: 'TLS', RootCaCertificate: ca },
    ClientAuthentication: { SaslScram: { Mechanism: 'SHA512', SecretArn: secret } },
  })
}

function sentences({ findings }: DoctorReport, wanted: Severity): string {
  return findings.flatMap(({ severity, what }) => (severity === wanted ? [what] : [])).join('\n')
}

function troubles({ findings }: DoctorReport): string[] {
  return findings.flatMap(({ severity, what }) => (severity === 'error' || severity === 'warning' ? [what] : []))
}
