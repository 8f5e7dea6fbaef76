import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { BIN } from './command.js'
import { type FailoverWorld, NAME, QUICK } from './failover-world.js'
import { temporaryFolder } from './temporary-folder.js'

const KILL_POINTS = fileURLToPath(new URL('kill-points.mjs', import.meta.url))
/** A runbook has at most a hundred points; one that does not come on is given up. */
const LIVES_MAX = 200
/** A look at a cluster that does not answer takes 5 s, and a life has a few of them. */
const LIFE_MS = 120_000

export interface KilledRunbook {
  runbook: 'failover' | 'failback'
  /** What it is begun with. */
  flags: readonly string[]
  /** Whether this command of the user's has been run: the operator can see that, the runbook cannot. */
  hasRun(hook: string): Promise<boolean>
  /** Called after each kill with the point. */
  onKill?(point: string): Promise<void>
}

/**
 * Runs a runbook to its end, in as many lives as it has points: each life is killed (SIGKILL) at the first one where none
 * was killed before, and the next one resumes it. Answers how the last one ended, and the points in their order.
 */
export async function runKilledEverywhere(
  world: FailoverWorld,
  { runbook, flags, hasRun, onKill }: KilledRunbook,
): Promise<{ exitCode: number | null; output: string; points: string[] }> {
  const file = join(await temporaryFolder(), 'points')
  const points = async () => (existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n') : [])
  let decision: string[] = []
  for (let life = 0; life < LIVES_MAX; life++) {
    const isBegun = (await world.journal()).includes(`"runbook":"${runbook}"`)
    const argv = isBegun ? ['--yes', '--resume', ...decision] : flags
    const { exitCode, signal, output } = await live([runbook, ...argv], { home: world.home, file })
    decision = []
    const open = exitCode === 6 ? /--done (\S+)/.exec(output)?.[1] : undefined
    if (signal === 'SIGKILL') await onKill?.((await points()).at(-1) ?? '')
    else if (open === undefined) return { exitCode, output, points: await points() }
    else decision = [(await hasRun(open)) ? '--done' : '--from-step', open]
  }
  throw new Error(`it did not end within ${LIVES_MAX} lives: ${(await points()).join(', ')}`)
}

/** One life, to its end or its kill. */
async function live([command = '', ...argv]: string[], { home, file }: { home: string; file: string }) {
  const words = ['--import', KILL_POINTS, BIN, command, '--replicator-name', NAME, ...QUICK, ...argv]
  const env = { ...process.env, KAFKA_REPLICATOR_HOME: home, KILL_POINTS: file }
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIFE_MS })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += chunk
    })
  }
  // Not `close`: a command of the user's may outlive it and keep its pipes.
  const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return { exitCode, signal, output }
}

/** The parts of steps in which it was killed, in their order: when they were begun, and when they were done. */
export function partsOf(points: readonly string[]): string[] {
  const placed = points.flatMap(point => {
    const [, when, place] = /^(after begun|before passed) (.*)$/.exec(point) ?? []
    return place === undefined ? [] : [{ when, place }]
  })
  const places = [...new Set(placed.map(({ place }) => place))]
  const isBoth = (one: string) => placed.filter(({ place }) => place === one).length === 2
  return places.map(place => (isBoth(place) ? place : `${place} (once)`))
}
