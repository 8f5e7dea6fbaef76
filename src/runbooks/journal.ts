import { constants } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ExitCode, UserError } from '../errors.js'
import type { StepOutcome, StepPart } from './step.js'

/** One line of a journal. */
export type JournalEntry = { at: string } & (
  | { event: 'runbook'; id: string; runbook: string; replicatorName: string; replicatorArn: string; settings: object }
  | { event: 'resumed'; from: string | undefined }
  | { event: 'begun'; step: string; part: StepPart }
  | { event: 'passed'; step: string; part: StepPart }
  | { event: 'not-needed'; step: string }
  | { event: 'stopped'; step: string; part: StepPart; outcome: StepOutcome }
  | { event: 'fact'; name: string; value: unknown }
  | { event: 'ended'; verdict: string }
)

type WithoutTime<Entry> = Entry extends unknown ? Omit<Entry, 'at'> : never
/** An entry before it is written. */
export type NewEntry = WithoutTime<JournalEntry>

/**
 * What a runbook has done, line by line, so that a run that was killed goes on where it was and repeats nothing. A line is
 * on the disk before what it announces begins.
 */
export class Journal {
  private readonly path: string
  private readonly now: () => number
  private readonly lines: JournalEntry[]

  private constructor(path: string, now: () => number, lines: JournalEntry[]) {
    this.path = path
    this.now = now
    this.lines = lines
  }

  /** A new one. Throws where the file is there already. */
  static async create(path: string, now: () => number): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await using file = await open(path, 'wx', 0o600)
    await file.sync()
    await using folder = await open(dirname(path), constants.O_RDONLY)
    await folder.sync()
    return new Journal(path, now, [])
  }

  /** One that is there. A last line that was cut by a kill never took effect, and is left out. */
  static async open(path: string, now: () => number): Promise<Journal> {
    const text = await readFile(path, 'utf8')
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (whole.length < text.length) {
      await using file = await open(path, 'r+')
      await file.truncate(Buffer.byteLength(whole))
      await file.sync()
    }
    const lines = whole.split('\n').filter(line => line !== '')
    return new Journal(
      path,
      now,
      lines.map((line, i) => parse(line, i + 1, path)),
    )
  }

  get entries(): readonly JournalEntry[] {
    return this.lines
  }

  /** Resolves when it is on the disk. */
  async write(entry: NewEntry): Promise<void> {
    const line = { at: new Date(this.now()).toISOString(), ...entry } as JournalEntry
    await using file = await open(this.path, 'a')
    await file.appendFile(`${JSON.stringify(line)}\n`)
    await file.sync()
    this.lines.push(line)
  }

  /** What a part of a step came to: undefined where it never began, `begun` where its end is not known. */
  partOf(step: string, part: StepPart): 'begun' | 'passed' | undefined {
    const last = this.lines.findLast(
      line => (line.event === 'begun' || line.event === 'passed') && line.step === step && line.part === part,
    )
    return last?.event as 'begun' | 'passed' | undefined
  }

  /** The newest value of a fact. */
  fact<Value>(name: string): Value | undefined {
    const last = this.lines.findLast(line => line.event === 'fact' && line.name === name)
    return last?.event === 'fact' ? (last.value as Value) : undefined
  }

  get hasEnded(): boolean {
    return this.lines.at(-1)?.event === 'ended'
  }
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
