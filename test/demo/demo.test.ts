import { execFileSync, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.js'
import { thoroughTest } from '../support/thorough.js'

const BIN = new URL('../../bin/kafka-replicator.js', import.meta.url).pathname

/** A minute on two free cores; here other tests have brokers of their own. */
const TIMEOUT = { timeout: 300_000 }

test(
  'the real command line copies, fails over, comes home and tells what a lost source still held',
  TIMEOUT,
  async () => {
    const demo = await startDemo([])
    expect(await demo.exitCode, demo.said()).toBe(0)
    const lines = demo.said().split('\n')
    for (const line of [
      "   $ echo 'This is a customer topic' | kafka-console-producer.sh \\",
      '     3 files valid',
      '   $ kafka-replicator create-replicator \\',
      '         "ReplicatorState": "CREATING"',
      '   $ kafka-replicator run --replicator-name demo &',
      '     RUNNING',
      '     |  demo |  RUNNING  |',
      '   $ kafka-replicator verify --replicator-name demo',
      '   $ kafka-replicator failover --replicator-name demo --yes \\',
      '     failover of demo: done, all 10 steps',
      '     ✔ messages 3 and 4, and no others',
      '   $ kafka-replicator failback --replicator-name demo --yes \\',
      '     failback of demo: done, all 21 steps',
      '     ✔ 4 messages, no duplicates',
      '     ✔ message 5, and no other',
      '   $ kill -9 %1',
      '     20005',
      '   $ kill %1',
      '   $ kill -9 $BROKER',
      '     ✔ refused, with exit code 5',
      '     failover of demo: done, all 7 steps',
      '         "ReplicatorState": "DELETING"',
    ]) {
      expect(lines).toContain(line)
    }
    expect(demo.said()).toMatch(/^ {5}partition \d {2}offset 0 {2}This is a customer topic$/m)
    expect(demo.said()).toMatch(/^ {5}partition \d {2}offset [01] {2}This is the 2nd message to the topic\.$/m)
    expect(demo.said()).toMatch(/^ {5}equal: 2 records in 3 partitions of 1 topic, in order, byte for byte, once/m)
    expect(consumedByGroup(demo.said())).toEqual([
      ['This is a customer topic', 'This is the 2nd message to the topic.'],
      ['This is the 3rd message to the topic.', 'This is the 4th message to the topic.'],
      ['This is the 5th message to the topic.'],
    ])
    expect(movedApplications(demo.said())).toEqual(['target', 'source', 'target'])
    const [, crossed] = /^ {5}killed when ([\d,]+) of 20,000 messages had crossed$/m.exec(demo.said()) ?? []
    expect(Number(crossed?.replaceAll(',', ''))).toBeLessThan(20_000)
    expect(demo.said()).toMatch(/^ {5}equal: 20,003 records in 3 partitions of 1 topic, in order, byte for byte, once/m)
    expect(demo.said()).toMatch(
      /Z heartbeat record crossed within \d+ s: nobody else wrote on source-cluster-000000A$/m,
    )
    expect(demo.said()).toMatch(/^ {7}customer p\d: source offsets (\d+)-\1 \(1\)$/m)
    expect(demo.said()).not.toContain('\u001b')
    await demo.expectNothingLeft()
  },
)

thoroughTest(
  'kept, it says how to reach everything; it stays when its engine is killed; interrupted, it leaves nothing',
  async () => {
    const demo = await startDemo(['--keep'])
    await demo.until('press Ctrl-C')
    expect(demo.said()).toMatch(/^ {5}source {3}127\.0\.0\.1:\d+$/m)
    await demo.until('verify --replicator-name demo')
    process.kill(demo.engineProcessId(), 'SIGKILL')
    await expect(Promise.race([demo.exitCode, new Promise(resolve => setTimeout(resolve, 2_000))])).resolves.toBe(
      undefined,
    )
    demo.signal('SIGINT')
    expect(await demo.exitCode).toBe(0)
    await demo.expectNothingLeft()
  },
  TIMEOUT.timeout,
)

test('terminated in the middle of a failover, it ends with 130 and leaves nothing', TIMEOUT, async () => {
  const demo = await startDemo([])
  await demo.until('GATE 3/10')
  demo.signal('SIGTERM')
  expect(await demo.exitCode).toBe(130)
  expect(demo.said()).not.toContain('GATE 7/10')
  await demo.expectNothingLeft()
})

test('killed in the middle, it leaves nothing either', TIMEOUT, async () => {
  const demo = await startDemo([])
  await demo.until('RUNNING')
  demo.signal('SIGKILL')
  await demo.exitCode
  await demo.expectNothingLeft()
})

test('without Java and Docker it says what to install', TIMEOUT, async () => {
  const demo = await startDemo([], { PATH: '/nowhere' })
  expect(await demo.exitCode).toBe(253)
  expect(demo.said()).toMatch(/\[ERROR\]: java could not be started.*\nInstall a JDK 17 or newer/)
})

/** What the console consumer with a group has printed, for each time that it ran. */
function consumedByGroup(said: string): string[][] {
  const runs = said.matchAll(/--group msk-consumer.*\n.*--timeout-ms 5000\n((?: {5}This is .*\n)*)/g)
  return [...runs].map(([, lines = '']) =>
    lines
      .trimEnd()
      .split('\n')
      .map(line => line.trim()),
  )
}

/** The sides that hooks have sent the applications to, one after the other. */
function movedApplications(said: string): (string | undefined)[] {
  return [...said.matchAll(/ consumers and producers were sent to the (\w+)$/gm)].map(([, side]) => side)
}

/** The real program without a terminal, in a temporary folder of its own, by which everything it starts is known. */
async function startDemo(options: string[], env: Record<string, string> = {}) {
  const folder = await temporaryFolder()
  const child = spawn(process.execPath, [BIN, 'demo', ...options], {
    env: { ...process.env, LANG: 'C.UTF-8', TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece))
  const exitCode = new Promise(resolve => child.on('close', resolve))
  return {
    exitCode,
    said: () => said,
    /** The engine that runs now; the one before it was killed by the demo. */
    engineProcessId: () => {
      const [line = ''] = processesIn(folder).filter(text => text.includes('kafka-replicator.js run --replicator-name'))
      return Number.parseInt(line, 10)
    },
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    until: (text: string) => vi.waitFor(() => expect(said).toContain(text), { timeout: 120_000, interval: 100 }),
    expectNothingLeft: () =>
      vi.waitFor(
        () => {
          expect(processesIn(folder)).toEqual([])
          expect(readdirSync(folder)).toEqual([])
        },
        { timeout: 15_000, interval: 200 },
      ),
  }
}

/** Whatever runs with this temporary folder in its environment, as `ps` shows it. */
function processesIn(folder: string): string[] {
  const all = execFileSync('ps', ['axeww'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return all.split('\n').filter(line => line.includes(folder))
}
