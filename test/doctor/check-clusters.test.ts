import { describe, expect, test } from 'vitest'
import { checkBrokers } from '../../src/doctor/check-brokers.js'
import { checkCertificates } from '../../src/doctor/check-certificates.js'
import { checkClusters } from '../../src/doctor/check-clusters.js'
import { checkQuotas } from '../../src/doctor/check-quotas.js'
import { checkVersions } from '../../src/doctor/check-versions.js'
import type { ClusterFacts } from '../../src/doctor/facts.js'
import type { Severity } from '../../src/doctor/finding.js'
import { ADDRESS, broker, clusterFacts, metadataOf, quotasOf, VERSIONS } from './facts.js'

const DAY_MS = 86_400_000
const NOW = Date.parse('2026-01-01T00:00:00Z')

describe('brokers', () => {
  const lost = { value: undefined, problem: 'cannot connect' } as const
  test.each<[string, Partial<ClusterFacts>, Severity[]]>([
    ['all reached', {}, ['ok']],
    [
      'one of the list is down',
      { brokers: [broker(), broker({ address: 'b2:1', versions: lost })] },
      ['ok', 'warning'],
    ],
    [
      'one that the cluster names is down',
      { brokers: [broker(), broker({ address: 'b2:1', role: 'advertised', versions: lost })] },
      ['ok', 'error'],
    ],
    ['refused', { brokers: [broker({ isRefused: true, versions: lost })], metadata: lost }, ['error']],
    ['reached, but no answer', { metadata: lost }, ['ok', 'error']],
  ])('%s', (_, facts, severities) => {
    expect(checkBrokers(clusterFacts(facts)).map(({ severity }) => severity)).toEqual(severities)
  })

  test('a missing secret says its own fix', () => {
    const brokers = [broker({ isRefused: true, versions: lost, fix: 'Give the secret a file.' })]
    expect(checkBrokers(clusterFacts({ brokers, metadata: lost }))[0]!.fix).toBe('Give the secret a file.')
  })

  test('IPv6 addresses lose their brackets for nc', () => {
    const brokers = [broker({ address: '[::1]:9092', versions: lost })]
    expect(checkBrokers(clusterFacts({ brokers, metadata: lost }))[0]!.fix).toMatch(
      /^nc -vz '::1' 9092 |^nc -vz ::1 9092 /,
    )
  })
})

describe('certificates', () => {
  const chain = (days: number, distrust?: string): ClusterFacts['chains'] => {
    const usual = { subject: 'broker', issuer: 'Test Authority', validFrom: 0, hosts: 'DNS:b1.test' }
    const root = { ...usual, subject: 'Test Authority', validTo: NOW + 1_000 * DAY_MS }
    const certificates = [{ ...usual, validTo: NOW + days * DAY_MS }, root]
    return [{ address: ADDRESS, chain: { value: { protocol: 'TLSv1.3', certificates, distrust }, problem: null } }]
  }
  test.each<[string, ClusterFacts['chains'], Severity, RegExp]>([
    ['no TLS', undefined, 'ok', /without TLS, as configured/],
    ['valid for long', chain(365), 'ok', /issued by Test Authority, valid until 2027-01-01$/],
    ['valid for 30 days', chain(30), 'ok', /valid until/],
    ['valid for 29 days', chain(29), 'warning', /in 29 days$/],
    ['expired', chain(-1, 'its certificate has expired'), 'error', /has expired/],
    ['other authority', chain(365, 'signed by no authority that is trusted here'), 'error', /issued by Test Authority/],
    [
      'silent',
      [{ address: ADDRESS, chain: { value: undefined, problem: 'no answer within 4.5 s' } }],
      'unknown',
      /no answer within/,
    ],
  ])('%s', (_, chains, severity, what) => {
    const [finding] = checkCertificates(clusterFacts({ chains }), NOW)
    expect(finding).toMatchObject({ severity, what: expect.stringMatching(what) })
  })

  test.each([
    ['its certificate has expired', /^Renew/],
    ['its certificate is not valid yet', /^timedatectl/],
    ['its certificate is not for the host name "b1"', /^Name the broker/],
    ['signed by no authority', /^openssl s_client -connect b1\.test:9098 .*RootCaCertificate/],
  ])('%s has its fix', (distrust, fix) => {
    expect(checkCertificates(clusterFacts({ chains: chain(365, distrust) }), NOW)[0]!.fix).toMatch(fix)
  })
})

describe('cluster ids', () => {
  const target = (clusterId: string) => clusterFacts({ side: 'target', metadata: metadataOf({ clusterId }) })
  const expected = (expectedClusterId: string) => clusterFacts({ expectedClusterId })
  const lost = clusterFacts({ metadata: { value: undefined, problem: 'gone' } })
  test.each<[string, ClusterFacts, ClusterFacts, Severity[]]>([
    ['two clusters', clusterFacts(), target('id-2'), ['ok', 'ok']],
    ['the same twice', clusterFacts(), target('id-1'), ['ok', 'ok', 'error']],
    ['as configured', expected('id-1'), target('id-2'), ['ok', 'ok']],
    ['another than configured', expected('id-9'), target('id-2'), ['error', 'ok']],
    ['neither is known, which is not the same', lost, { ...lost, side: 'target' }, ['unknown', 'unknown']],
  ])('%s', (_, source, other, severities) => {
    expect(checkClusters(source, other).map(({ severity }) => severity)).toEqual(severities)
  })
})

describe('versions', () => {
  const offering = (changes: [number, number][], side: 'source' | 'target' = 'source') => {
    const value = new Map([...VERSIONS, ...changes.map(([key, max]) => [key, { min: 0, max }] as const)])
    return clusterFacts({ side, brokers: [broker({ versions: { value, problem: null } })] })
  }
  test.each<[string, ClusterFacts, Severity, RegExp]>([
    ['Kafka 4.0', clusterFacts(), 'ok', /Kafka 3\.9 or 4\.0\)$/],
    ['Kafka 2.8 has no fetch by id', offering([[1, 12]]), 'ok', /2\.7 to 3\.0\); topics are fetched by name/],
    ['too old', offering([[3, 9]]), 'error', /does not speak Metadata version 10/],
    ['no fetch that fits', offering([[1, 5]]), 'error', /does not speak Fetch version/],
    ['a source need not take records', offering([[0, 3]]), 'ok', /speaks all/],
    ['a target must', offering([[0, 3]], 'target'), 'error', /does not speak Produce version/],
    ['none reached', clusterFacts({ brokers: [] }), 'unknown', /none was reached/],
  ])('%s', (_, facts, severity, what) => {
    expect(checkVersions(facts)).toMatchObject([{ severity, what: expect.stringMatching(what) }])
  })
})

describe('quotas', () => {
  const quota = (entity: [string, string | null][], key = 'consumer_byte_rate') =>
    quotasOf({ quotas: [{ entity: new Map(entity), values: new Map([[key, 1000]]) }] })
  test.each<[string, ClusterFacts['quotas'], Severity[]]>([
    ['none', quotasOf(), ['ok']],
    ['for our user', quota([['user', 'anna']]), ['warning']],
    ['for another user', quota([['user', 'bert']]), ['ok']],
    ['for all users', quota([['user', null]]), ['warning']],
    ['for our client id', quota([['client-id', 'kafka-replicator']]), ['warning']],
    [
      'for our user with another client',
      quota([
        ['user', 'anna'],
        ['client-id', 'x'],
      ]),
      ['ok'],
    ],
    ['for writing, on the source', quota([['user', 'anna']], 'producer_byte_rate'), ['ok']],
    ['felt just now', quotasOf({ throttleMs: 40 }), ['ok', 'warning']],
    ['not to be read', quotasOf({ errorCode: 31 }), ['unknown']],
    ['no answer', { value: undefined, problem: 'gone' }, ['unknown']],
  ])('%s', (_, quotas, severities) => {
    expect(checkQuotas(clusterFacts({ quotas })).map(({ severity }) => severity)).toEqual(severities)
  })
})
