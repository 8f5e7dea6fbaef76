import { expect, test, vi } from 'vitest'
import { ExitCode } from '../../src/errors.js'
import { cacheFolder } from '../../src/local-kafka/jars.js'
import { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { javaMajorVersion } from '../../src/local-kafka/prerequisites.js'
import { formatProperties, kraftProperties } from '../../src/local-kafka/server-properties.js'
import { topicsOfFolders } from '../../src/local-kafka/stored-topics.js'

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['openjdk version "21" 2023-09-19', 21],
  ['java version "1.8.0_402"', 8],
  ['Picked up JAVA_TOOL_OPTIONS: -Dx=1\nopenjdk version "25-ea" 2025-09-16', 25],
  ['The operation couldn’t be completed. Unable to locate a Java Runtime.', undefined],
])('the major version of %j is %s', (output, expected) => {
  expect(javaMajorVersion(output)).toBe(expected)
})

test('the cache folder follows the environment', () => {
  expect(cacheFolder({ KAFKA_REPLICATOR_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a')
  expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/kafka-replicator')
  expect(cacheFolder({ XDG_CACHE_HOME: '' })).toMatch(/\.cache\/kafka-replicator$/)
})

test('config given by the user wins over ours', () => {
  const node = { port: 1, controllerPort: 2, dataDir: '/data' }
  const properties = kraftProperties(node, { 'auto.create.topics.enable': 'true' })
  expect(properties['auto.create.topics.enable']).toBe('true')
  expect(formatProperties({ a: 'b', path: 'C:\\x' })).toBe('a=b\npath=C:\\\\x\n')
})

test('where neither Java nor Docker is there, the start says what to install', async () => {
  vi.stubEnv('PATH', '/nonexistent')
  await expect(LocalKafka.start()).rejects.toMatchObject({
    name: 'UserError',
    exitCode: ExitCode.Environment,
    message: expect.stringContaining('java'),
    fix: expect.stringContaining('JDK 17'),
  })
  vi.unstubAllEnvs()
})

test('the topics of a data folder', () => {
  const folders = ['a-0', 'a-1', 'b-c-12', 'gone-0.5f0c-delete', '__cluster_metadata-0', 'meta.properties']
  expect(topicsOfFolders(folders)).toEqual(['a', 'b-c'])
})
