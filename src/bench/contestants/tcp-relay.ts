import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Contestant, Job, Running } from './contestant.js'
import { ContestantProcess } from './contestant-process.js'

/** The built one, also when this file runs from src/ in a test. */
const SCRIPT = fileURLToPath(new URL('../../../dist/bench/contestants/tcp-relay-process.js', import.meta.url))

/**
 * The physical limit: source process → relay → sink process over loopback, where the relay only pipes one socket into
 * the other. As many bytes as the source's log holds; the records that arrive are counted by their share of them.
 */
export function tcpRelay(): Contestant {
  return {
    name: 'tcp-relay',
    settings: 'a Node process that pipes one socket into another (socket.pipe); the bytes of the source log, no Kafka',
    movesRecords: false,
    start: async job => {
      const started: ContestantProcess[] = []
      const start = async (role: RelayRole) => {
        const process = await startRole(role, job)
        started.push(process)
        return process
      }
      const stop = async () => {
        await Promise.all(started.map(one => one.stop()))
      }
      try {
        return { ...(await connectAll(start, job)), stop }
      } catch (error) {
        await stop()
        throw error
      }
    },
  }
}

/** What each of the three processes is asked over its message channel. */
export type RelayRequest =
  | { do: 'send'; port: number; bytes: number }
  | { do: 'relay'; port: number }
  | { do: 'listen' }
  | { do: 'count' }
/** `port` where it listens, or `received` bytes so far. */
export interface RelayAnswer {
  port?: number
  received?: number
}
export type RelayRole = 'source' | 'relay' | 'sink'

async function connectAll(
  start: (role: RelayRole) => Promise<ContestantProcess>,
  { backlog }: Job,
): Promise<Omit<Running, 'stop'>> {
  const sink = await start('sink')
  const relay = await start('relay')
  const source = await start('source')
  const ask = (process: ContestantProcess, request: RelayRequest) => process.ask<RelayAnswer>(request)
  const { port: sinkPort = 0 } = await ask(sink, { do: 'listen' })
  const { port: relayPort = 0 } = await ask(relay, { do: 'relay', port: sinkPort })
  await ask(source, { do: 'send', port: relayPort, bytes: backlog.wireBytes })
  return {
    pid: relay.pid,
    neighbours: { source: source.pid, target: sink.pid },
    recordsOnTarget: async () => {
      const { received = 0 } = await ask(sink, { do: 'count' })
      return Math.floor((received / backlog.wireBytes) * backlog.records)
    },
    endedBecause: () => relay.endedBecause(),
  }
}

function startRole(role: RelayRole, job: Job): Promise<ContestantProcess> {
  const logFile = join(job.folder, `tcp-relay-${role}.log`)
  return ContestantProcess.start({ command: process.execPath, args: [SCRIPT], logFile, withMessages: true })
}
