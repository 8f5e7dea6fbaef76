import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../clock.js'
import { ExitCode, UserError } from '../errors.js'
import { Store } from '../registry/store.js'
import { processStart } from './process-start.js'

/** Each turn that fails, another process has taken the lock: the next one sees that it lives, so this is plenty. */
const TURNS_MAX = 100

interface Holder {
  host: string
  processId: number
  processStart: string
  runbook: string
  /** ISO 8601, UTC. */
  since: string
  released: boolean
}

/**
 * That only one runbook works on a replicator, of all on this machine: two would undo what the other relies on.
 *
 * The lock is the file of the highest number, `<replicator>.<number>.lock`, while the process that it names lives; how old
 * it is says nothing. It is taken by creating the next number, which one of several processes can, and given back by
 * writing so into it. The highest is never removed: who comes late with a number from before sees it, and steps back.
 */
export class RunbookLock implements AsyncDisposable {
  private readonly store: Store
  private readonly name: string
  private readonly holder: Holder

  private constructor(store: Store, name: string, holder: Holder) {
    this.store = store
    this.name = name
    this.holder = holder
  }

  /**
   * @param home the folder of our state
   * @param replicatorId its `ReplicatorOptions.id`
   * @throws UserError (5) while another runbook has it
   */
  static async take(home: string, replicatorId: string, runbook: string, clock: Clock): Promise<RunbookLock> {
    const store = new Store(join(home, 'runbooks', 'locks'))
    const holder: Holder = {
      host: hostname(),
      processId: process.pid,
      processStart: (await processStart(process.pid)) ?? 'unknown',
      runbook,
      since: new Date(clock.now()).toISOString(),
      released: false,
    }
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      const highest = (await numbers(store, replicatorId)).at(-1) ?? 0
      await refuseWhileHeld(store, nameOf(replicatorId, highest))
      const number = highest + 1
      const name = nameOf(replicatorId, number)
      if (!(await store.create(name, encode(holder)))) continue
      const all = await numbers(store, replicatorId)
      if ((all.at(-1) ?? 0) > number) {
        await store.remove(name)
        continue
      }
      for (const old of all.filter(one => one < number)) await store.remove(nameOf(replicatorId, old))
      return new RunbookLock(store, name, holder)
    }
    throw new UserError(`The lock in ${store.folder} was taken by others ${TURNS_MAX} times.`, {
      exitCode: ExitCode.Protected,
      fix: 'See what starts so many runbooks on this replicator.',
    })
  }

  /** Gives it back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.put(this.name, encode({ ...this.holder, released: true }))
  }
}

async function refuseWhileHeld(store: Store, name: string): Promise<void> {
  const text = await store.read(name)
  if (text === undefined) return // there is none yet, or a new one has taken its place
  const holder = decode(text)
  if (holder === undefined) {
    throw new UserError(`The lock ${store.pathOf(name)} is damaged: who holds it cannot be told.`, {
      exitCode: ExitCode.Environment,
      fix: 'When no runbook is under way on this replicator, delete that file.',
    })
  }
  if (holder.released || !(await isAlive(holder))) return
  const { host, processId, runbook, since } = holder
  const isHere = host === hostname()
  throw new UserError(
    `Another runbook is under way on this replicator: ${runbook}, host ${host}, process ${processId}, since ${since}.`,
    {
      exitCode: ExitCode.Protected,
      fix: isHere
        ? 'Wait until it has ended, or stop it with Ctrl-C and resume it.'
        : `Wait until it has ended. When that host is gone for good, delete ${store.pathOf(name)}.`,
    },
  )
}

/** What runs on another host cannot be asked, so it is taken for alive. */
async function isAlive({ host, processId, processStart: start }: Holder): Promise<boolean> {
  if (host !== hostname()) return true
  const now = await processStart(processId)
  return now !== undefined && (now === start || now === 'unknown' || start === 'unknown')
}

/** The numbers that there are, the highest last. */
async function numbers(store: Store, replicatorId: string): Promise<number[]> {
  const prefix = `${replicatorId}.`
  const names = await store.names('.lock')
  return names
    .filter(name => name.startsWith(prefix))
    .map(name => name.slice(prefix.length, -'.lock'.length))
    .filter(number => /^\d{1,15}$/.test(number))
    .map(Number)
    .sort((a, b) => a - b)
}

function nameOf(replicatorId: string, number: number): string {
  return `${replicatorId}.${number}.lock`
}

function encode(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`
}

function decode(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null
    const isWhole = typeof holder?.host === 'string' && Number.isInteger(holder.processId)
    return isWhole ? (holder as Holder) : undefined
  } catch {
    return undefined // the caller tells the user
  }
}
