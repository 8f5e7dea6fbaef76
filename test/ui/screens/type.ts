import { mkdtemp, rm } from 'node:fs/promises'
import { onTestFinished } from 'vitest'
import type { Engine } from '../../../src/cli/engine.ts'
import { runCli } from '../../../src/cli/run-cli.ts'
import type { Screen, Shell } from '../../../src/cli/shell.ts'
import type { Clock } from '../../../src/clock.ts'
import { fakeShell, NO_ENGINE, runInProcess } from '../../cli/fake-shell.ts'
import { type Span, Terminal, textOf } from './terminal.ts'
import { playIn } from './tools.ts'
import type { ScreenWorld } from './world.ts'

/** A terminal, or a log where it has no width. */
export interface Look {
  width?: number
  env: Record<string, string>
}

export interface Typed {
  exitCode: number
  /** The whole screen after each thing that was written, as a person could have seen it. */
  moments: Span[][][]
}

const CLOCK_TICK_MS = 1_000
const UTF8 = { LANG: 'C.UTF-8' }

/** Types a command line of the real program at a terminal; only brokers and time are ours. */
export async function type(argv: string[], world: ScreenWorld, look: Look, home: string): Promise<Typed> {
  playIn(world)
  const clock = clockOf(world)
  const env = { ...UTF8, ...look.env, KAFKA_REPLICATOR_HOME: home }
  const { shell } = fakeShell({ home, env, clock, engine: engineOf(world) })
  const terminal = new Terminal(look.width)
  const moments: Span[][][] = []
  const write = (text: string) => {
    terminal.write(scrubbed(text, home))
    moments.push(terminal.shown())
  }
  const screen: Screen = { write, isTTY: look.width !== undefined, columns: look.width, rows: look.width && 34 }
  const isThere = look.width !== undefined
  const readLine: Shell['readLine'] = async question => {
    if (!isThere) return undefined
    const lines = moments.at(-1) ?? []
    write(question)
    const before = lines.map(textOf).findLast(line => /^(Stop|Start) the /.test(line))
    if (question.includes('Is that done?') && before !== undefined) world.does(before)
    write('yes\n')
    return 'yes'
  }
  const exitCode = await runCli(argv, Object.assign(shell, { stdout: screen, stderr: screen, readLine }))
  return { exitCode, moments }
}

/** Where replicators between east and west are registered; gone after the test. Its path is always as long. */
export async function homeWith(...names: string[]): Promise<string> {
  const home = await mkdtemp('/tmp/kafka-replicator-screens-')
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  for (const [n, name] of names.entries()) {
    const [from, to] = n === 0 ? ['east', 'west'] : ['west', 'east']
    const { exitCode, stderr } = await runInProcess(createArguments(name, from as string, to as string), { home })
    if (exitCode !== 0) throw new Error(stderr)
  }
  return home
}

function createArguments(name: string, from: string, to: string): string[] {
  const cluster = (id: string, port: number) => ({
    ApacheKafkaCluster: { ApacheKafkaClusterId: id, BootstrapBrokerString: `127.0.0.1:${port}` },
  })
  const flow = {
    ...{ SourceKafkaClusterId: from, TargetKafkaClusterId: to, TargetCompressionType: 'NONE' },
    TopicReplication: {
      ...{ TopicsToReplicate: ['.*'], TopicNameConfiguration: { Type: 'IDENTICAL' } },
      StartingPosition: { Type: 'EARLIEST' },
    },
    ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['.*'], ConsumerGroupOffsetSyncMode: 'ENHANCED' },
  }
  return [
    ...['create-replicator', '--replicator-name', name],
    ...['--service-execution-role-arn', 'arn:aws:iam::123456789012:role/r'],
    ...['--kafka-clusters', JSON.stringify([cluster('east', 9092), cluster('west', 9093)])],
    ...['--replication-info-list', JSON.stringify([flow])],
  ]
}

/** Time passes where something waits, at once; the second hand of the screen stands still. */
function clockOf(world: ScreenWorld): Clock {
  return {
    now: () => world.now,
    monotonic: () => world.now,
    sleep: async (ms, signal) => {
      if (ms === CLOCK_TICK_MS) return await new Promise(resolve => signal?.addEventListener('abort', () => resolve()))
      await new Promise(resolve => setImmediate(resolve))
      world.now += ms
    },
  }
}

function engineOf(world: ScreenWorld): Engine {
  return {
    ...NO_ENGINE,
    create: () => ({
      onEvent: () => {},
      start: async () => {},
      stop: async () => {},
      update: async () => {},
      snapshot: () => {
        throw new Error('Nobody looks at it from inside.')
      },
      ended: new Promise(() => {}),
    }),
    openStatus: options => ({ read: async () => world.look(options), close: () => {} }),
  }
}

/** What differs from run to run. */
function scrubbed(text: string, home: string): string {
  return text.replaceAll(home, '~/.local/state/kafka-replicator').replaceAll(/\br-[0-9a-f]{6}\b/g, 'r-514fb9')
}
