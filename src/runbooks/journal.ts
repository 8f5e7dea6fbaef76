import { constants } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ExitCode, messageOf, UserError } from '../errors.js'
import type { Obstacle, RunbookName, StepPart } from './step.js'

/** One line of a journal. */
export type JournalEntry = { at: string } & (
  | {
      event: 'runbook'
      id: string
      runbook: RunbookName
      replicatorName: string
      /** Its identity, as `ReplicatorOptions.id`. */
      replicatorId: string
      /** The runbook's options as they were given, so that a resumed run has the same; the newest entry holds. */
      flags: Readonly<Record<string, unknown>>
    }
  | { event: 'resumed'; flags: Readonly<Record<string, unknown>> }
  /** The operator wants to begin there, whatever is written above. */
  | { event: 'from-step'; step: string }
  | { event: 'begun'; step: string; part: StepPart }
  | { event: 'passed'; step: string; part: StepPart }
  | { event: 'not-needed'; step: string }
  /** `notDone`: an act that says itself that it has not been done. */
  | { event: 'stopped'; step: string; part: StepPart; outcome: Obstacle; notDone: boolean }
  /** Whether an act was done, decided by a person. */
  | { event: 'decided'; step: string; isDone: boolean }
  | { event: 'fact'; name: string; value: unknown }
  /** The operator gives it up: what it has changed is undone from here on, and nothing else. */
  | { event: 'aborting' }
  /** `left`: another run was begun in its place. */
  | { event: 'ended'; how: 'done' | 'aborted' | 'left' }
)

type WithoutTime<Entry> = Entry extends unknown ? Omit<Entry, 'at'> : never
/** An entry before it is written. */
export type NewEntry = WithoutTime<JournalEntry>
export type RunbookEntry = Extract<JournalEntry, { event: 'runbook' }>

/**
 * What a runbook has done, line by line, so that a run that was killed goes on where it was and repeats nothing. A line is
 * on the disk before what it announces begins. Only the process that holds the replicator's lock may open one.
 */
export class Journal {
  private readonly path: string
  private readonly now: () => number
  private readonly lines: JournalEntry[]
  /** Where the last whole line ends. */
  private bytes: number
  /** Lines are written one after the other, also when two are asked for at once. */
  private last: Promise<unknown> = Promise.resolve()

  private constructor(path: string, now: () => number, lines: JournalEntry[], bytes: number) {
    this.path = path
    this.now = now
    this.lines = lines
    this.bytes = bytes
  }

  /** A new one. Throws where the file is there already. */
  static async create(path: string, now: () => number): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await using file = await open(path, 'wx', 0o600)
    await file.sync()
    await flushFolder(dirname(path))
    await flushFolder(dirname(dirname(path)))
    return new Journal(path, now, [], 0)
  }

  /** One that is there. A last line that was cut by a kill never took effect: the next one takes its place. */
  static async open(path: string, now: () => number): Promise<Journal> {
    const { entries, bytes } = await readJournal(path)
    return new Journal(path, now, entries, bytes)
  }

  get entries(): readonly JournalEntry[] {
    return this.lines
  }

  /**
   * Resolves when it is on the disk.
   * @throws UserError (253) when it cannot be written: nothing may be done then that it would have announced.
   */
  async write(entry: NewEntry): Promise<void> {
    const written = this.last.then(() => this.append(entry))
    this.last = written.catch(() => {}) // whoever wrote that line is told; the next one is tried all the same
    await written
  }

  private async append(entry: NewEntry): Promise<void> {
    const line = { at: new Date(this.now()).toISOString(), ...entry } as JournalEntry
    const text = Buffer.from(`${JSON.stringify(line)}\n`)
    try {
      await using file = await open(this.path, 'r+')
      // Half a line may be left of a disk that was full, or of a kill.
      await file.truncate(this.bytes)
      await file.writev([text], this.bytes)
      await file.sync()
    } catch (cause) {
      throw new UserError(`The journal ${this.path} cannot be written: ${messageOf(cause)}.`, {
        exitCode: ExitCode.Environment,
        fix: 'Nothing is done without it. Mend that, then resume.',
        cause,
      })
    }
    this.bytes += text.length
    this.lines.push(line)
  }

  /** Whether an act was begun, so that it may have taken effect. */
  hasActed(step: string): boolean {
    return this.lines.some(line => line.event === 'begun' && line.step === step && line.part === 'act')
  }

  /** The newest value of a fact. */
  fact<Value>(name: string): Value | undefined {
    const last = this.lines.findLast(line => line.event === 'fact' && line.name === name)
    return last?.event === 'fact' ? (last.value as Value) : undefined
  }

  /** How a step ended when it last stopped the runbook; undefined where it never did. */
  lastStop(step: string): Extract<JournalEntry, { event: 'stopped' }> | undefined {
    const last = this.lines.findLast(line => line.event === 'stopped' && line.step === step)
    return last?.event === 'stopped' ? last : undefined
  }
}

/** The whole lines of a journal, and how many bytes they take. Changes nothing, so it may be another process's. */
export async function readJournal(path: string): Promise<{ entries: JournalEntry[]; bytes: number }> {
  const content = await readFile(path)
  const bytes = content.lastIndexOf('\n') + 1
  const lines = content.subarray(0, bytes).toString().split('\n').slice(0, -1)
  return { entries: lines.map((line, i) => parse(line, i + 1, path)), bytes }
}

function parse(line: string, number: number, path: string): JournalEntry {
  try {
    return JSON.parse(line) as JournalEntry
  } catch (cause) {
    throw new UserError(`The journal ${path} is damaged in line ${number}.`, {
      exitCode: ExitCode.Environment,
      fix: 'What was done is in the lines before; go on from there by hand, or begin the runbook anew.',
      cause,
    })
  }
}

async function flushFolder(folder: string): Promise<void> {
  await using handle = await open(folder, constants.O_RDONLY)
  await handle.sync()
}
