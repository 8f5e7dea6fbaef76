import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { UserError } from '../../src/errors.js'
import { ExitCode } from '../../src/errors.js'
import { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { firstUnlessThorough } from '../support/thorough.js'

describe.each(firstUnlessThorough(['4.2.0', '2.8.1'] as const))('Kafka %s', version => {
  test('starts, serves the verbs, and keeps its data over stop, kill and pause', async () => {
    await using kafka = await LocalKafka.start({ version, name: 'verbs' })
    expect(kafka.bootstrapServers).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(kafka.clusterId).toMatch(/^[\w-]{22}$/)
    const { bootstrapServers, clusterId } = kafka

    await kafka.createTopic('customer', 2, { 'cleanup.policy': 'compact' })
    await kafka.produce('customer', [
      { partition: 0, key: 'a', value: 'This is a customer topic', headers: { from: 'test' } },
      { partition: 1, key: '', value: null },
    ])
    await kafka.commitOffset('readers', 'customer', 0, 1)
    const before = (await kafka.read('customer')).sort((one, other) => one.partition - other.partition)
    expect(before).toMatchObject([
      { partition: 0, offset: 0n, key: Buffer.from('a'), headers: { from: Buffer.from('test') } },
      { partition: 1, offset: 0n, key: Buffer.alloc(0), value: null },
    ])

    await kafka.restart()
    expect(kafka).toMatchObject({ bootstrapServers, clusterId })
    expect(await kafka.read('customer', { count: 2 })).toHaveLength(2)
    expect((await kafka.read('customer', { group: 'readers' })).map(({ partition }) => partition)).toEqual([1])
    expect(await kafka.read('customer', { group: 'readers', commit: true })).toHaveLength(1)

    await kafka.restart({ signal: 'SIGKILL' })
    expect(kafka).toMatchObject({ bootstrapServers, clusterId })
    expect(await kafka.read('customer')).toHaveLength(2)
    expect(await kafka.read('customer', { group: 'readers' })).toEqual([])
  })
})

test('a killed broker is gone, and launch brings it back', async () => {
  await using kafka = await LocalKafka.start()
  const pid = kafka.pid!
  await kafka.kill()
  expect(isAlive(pid)).toBe(false)
  expect(kafka.pid).toBeUndefined()
  expect(await accepts(kafka.bootstrapServers)).toBe(false)
  await kafka.launch()
  expect(await accepts(kafka.bootstrapServers)).toBe(true)
})

test('a paused broker accepts connections and answers again after unpause', async () => {
  await using kafka = await LocalKafka.start()
  await kafka.pause()
  expect(await accepts(kafka.bootstrapServers)).toBe(true)
  await kafka.unpause()
  await kafka.createTopic('after-pause', 1)
  expect(await kafka.read('after-pause')).toEqual([])
})

test('nothing is left when it is disposed: no process, no data', async () => {
  const kafka = await LocalKafka.start({ clusterId: 'AAAAAAAAAAAAAAAAAAAAAQ' })
  const { pid, dataDir, logFile } = kafka
  expect(kafka.clusterId).toBe('AAAAAAAAAAAAAAAAAAAAAQ')
  expect(await kafka.logs()).toContain('Kafka Server started')
  await kafka[Symbol.asyncDispose]()
  expect(isAlive(pid!)).toBe(false)
  expect(existsSync(dataDir!) || existsSync(logFile!)).toBe(false)
})

test('a start that fails says why, with the last lines of the log', async () => {
  const failure = await LocalKafka.start({ name: 'wrong', config: { 'num.io.threads': 'many' } }).catch(
    (error: unknown) => error as UserError,
  )
  expect(failure).toMatchObject({ name: 'UserError', exitCode: ExitCode.Environment })
  expect((failure as UserError).message).toMatch(/"wrong" ended while it started \(exit code 1\).*num\.io\.threads/s)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function accepts(bootstrapServers: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(Number(bootstrapServers.split(':')[1]), '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
