import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { prometheusText } from '../../src/metrics/prometheus-text.ts'
import type { ReplicatorSnapshot } from '../../src/replication/snapshot.ts'
import { clusterSnapshot, partitionSnapshot, replicatorSnapshot } from '../support/replicator-snapshot.ts'

/** Everything is known of it, so that every metric has a sample. */
const ALL: ReplicatorSnapshot = replicatorSnapshot({
  topics: [
    {
      ...{ sourceTopic: 'orders', targetTopic: 'orders', retentionHeadroomSeconds: 86_400 },
      partitions: [
        partitionSnapshot({
          lastCopied: { first: 1_699_999_998_500, newest: 1_699_999_999_000, at: 1_700_000_000_000 },
        }),
      ],
    },
  ],
  groups: {
    ...{ count: 1, failures: 0, isFrozen: false },
    topics: [
      {
        ...{ group: 'app', sourceTopic: 'orders', targetTopic: 'orders', state: 'synced' },
        source: { sumOffsetLag: 1, maxOffsetLag: 1 },
        target: { sumOffsetLag: 1, maxOffsetLag: 1 },
      },
    ],
  },
  clusters: [
    clusterSnapshot('source', { authErrors: 2, throttleMsMax: 250 }),
    clusterSnapshot('target', { isAnswering: false, throttleMsMax: null }),
  ],
  logSinks: [{ sink: 'S3', delivered: 5, dropped: 2, waiting: 1, error: undefined }],
})

const text = prometheusText([ALL])

/** Name → the labels of its samples. */
const served = new Map<string, Set<string>>()
for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)\{(.*)\} \S+$/gm)) {
  served.set(name, new Set([...labels.matchAll(/(\w+)=/g)].map(([, label = '']) => label)))
}

async function example(path: string): Promise<string> {
  return await readFile(new URL(`../../examples/${path}`, import.meta.url), 'utf8')
}

/** Each metric in an expression is served, and has the labels that are asked for. */
function check(expression: string): void {
  const names = [...expression.matchAll(/\breplicator_\w+/g)].map(([name]) => name)
  expect(names.length, expression).toBeGreaterThan(0)
  for (const name of names) expect([...served.keys()], expression).toContain(name)
  const labels = new Set(names.flatMap(name => [...(served.get(name) ?? [])]))
  const selectors = [...expression.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = '']) => [
    ...inside.matchAll(/(\w+)\s*=/g),
  ])
  const groupings = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => [
    ...list.matchAll(/(\w+)/g),
  ])
  for (const [, label] of [...selectors, ...groupings])
    expect([...labels], `${label} in ${expression}`).toContain(label)
}

test('latency and retention headroom are told by topic, in seconds; what is not known has no sample', () => {
  expect(text).toContain('replicator_latency_seconds{replicator="orders-dr",topic="orders"} 1.5\n')
  expect(text).toContain('replicator_retention_headroom_seconds{replicator="orders-dr",topic="orders"} 86400\n')
  expect(text).toContain('replicator_log_records_dropped_total{replicator="orders-dr",sink="S3"} 2\n')
  const unknown = prometheusText([replicatorSnapshot()])
  expect(unknown).not.toMatch(/^replicator_(latency|retention_headroom)_seconds\{/m)
  expect(unknown).not.toMatch(/replicator_log_records/)
  const old = prometheusText([{ ...ALL, at: ALL.at + 60_001 }])
  expect(old).not.toMatch(/^replicator_latency_seconds\{/m)
})

test('each cluster: whether it answers, whom it refused, how long it throttled; nothing before it was reached', () => {
  const source = 'replicator="orders-dr",cluster="source",alias="source-1"'
  const target = 'replicator="orders-dr",cluster="target",alias="target-1"'
  expect(text).toContain(`replicator_cluster_up{${source}} 1\n`)
  expect(text).toContain(`replicator_cluster_up{${target}} 0\n`)
  expect(text).toContain(`replicator_cluster_auth_errors_total{${source}} 2\n`)
  expect(text).toContain(`replicator_cluster_throttle_seconds{${source}} 0.25\n`)
  expect(text).not.toContain(`replicator_cluster_throttle_seconds{${target}}`)
  expect(text).toContain('replicator_bytes_read_total{replicator="orders-dr",topic="orders",partition="0"} 900\n')
  expect(prometheusText([replicatorSnapshot()])).not.toMatch(/^replicator_cluster_/m)
})

test('each metric says what it is, once', () => {
  for (const name of served.keys()) {
    expect(text.match(new RegExp(`^# HELP ${name} .+$`, 'gm'))).toHaveLength(1)
    expect(text.match(new RegExp(`^# TYPE ${name} (gauge|counter)$`, 'gm'))).toHaveLength(1)
  }
})

test('the alert rules ask only for what is served', async () => {
  const { groups } = parse(await example('prometheus/alerts.yaml'))
  const rules = groups.flatMap((group: { rules: unknown[] }) => group.rules)
  expect(rules.length).toBeGreaterThan(5)
  for (const { alert, expr, annotations } of rules) {
    expect(alert).toMatch(/^KafkaReplicator[A-Z]\w+$/)
    expect(Object.keys(annotations)).toEqual(['summary', 'description'])
    check(expr)
  }
})

test('the dashboard asks only for what is served, and shows every metric that tells how it goes', async () => {
  const dashboard = JSON.parse(await example('grafana/kafka-replicator.json'))
  const expressions: string[] = dashboard.panels.flatMap((panel: { targets: { expr: string }[] }) =>
    panel.targets.map(({ expr }) => expr),
  )
  for (const expression of expressions) check(expression)
  for (const { definition } of dashboard.templating.list.slice(1)) check(definition)
  const ids = dashboard.panels.map(({ id }: { id: number }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const shown = [...served.keys()].filter(name => expressions.some(expression => expression.includes(name)))
  const telling = ['lag_records', 'retention_headroom_seconds', 'bytes_read_total', 'cluster_up']
  telling.push('cluster_auth_errors_total', 'cluster_throttle_seconds')
  expect(shown).toEqual(expect.arrayContaining(telling.map(name => `replicator_${name}`)))
})
