import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.js'
import { ExitCode, UserError } from '../errors.js'
import { refuseUnlessOurs } from '../registry/store.js'
import { Journal, type JournalEntry, type RunbookEntry, readJournal } from './journal.js'
import type { RunbookName } from './step.js'

/** Six digits of chance: a name that is taken is met once in millions, twice never. */
const ATTEMPTS_MAX = 5
const ENDS = {
  done: 'is done',
  aborted: 'was aborted: what it had changed was undone',
  left: 'was left: another was begun in its place',
} as const
const RUN_ID = /^r-[0-9a-f]{6}$/

/** One run of a runbook, as its journal tells. */
export interface RunbookRun {
  id: string
  folder: string
  /** Its first line. */
  begun: RunbookEntry
  /** The options that it goes on with. */
  flags: RunbookEntry['flags']
  entries: readonly JournalEntry[]
  /** Undefined while it may be resumed. */
  end: 'done' | 'aborted' | 'left' | undefined
  /** Whether it is being given up. */
  isAborting: boolean
  /** Whether it has changed anything yet, or may have. */
  hasActed: boolean
}

/** All runs that can be read, the newest first, and why others cannot. */
export interface RunbookRuns {
  runs: RunbookRun[]
  unreadable: { folder: string; error: UserError }[]
}

/** Where runs live: `<home>/runbooks/<id>/`, with the journal and all evidence. */
export class RunbookFolder {
  readonly path: string

  /** @param home the folder of our state */
  constructor(home: string) {
    this.path = join(home, 'runbooks')
  }

  /** The folder of a run, and its journal in it. */
  pathOf(id: string): { folder: string; journal: string } {
    const folder = join(this.path, id)
    return { folder, journal: join(folder, 'journal.jsonl') }
  }

  /** Creates the folder of a new run, private to its owner. Answers the id, `r-` and six hex digits. */
  async create(): Promise<string> {
    await mkdir(this.path, { recursive: true, mode: 0o700 })
    for (let attempt = 1; ; attempt++) {
      const id = `r-${randomBytes(3).toString('hex')}`
      try {
        await mkdir(join(this.path, id), { mode: 0o700 })
        return id
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === ATTEMPTS_MAX) throw error
      }
    }
  }

  /** All runs. Changes nothing; a run whose first line was never written has not begun, and is not one. */
  async list(): Promise<RunbookRuns> {
    const found: RunbookRuns = { runs: [], unreadable: [] }
    for (const id of (await namesIn(this.path)).filter(name => RUN_ID.test(name))) {
      try {
        const run = await this.read(id)
        if (run !== undefined) found.runs.push(run)
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        found.unreadable.push({ folder: this.pathOf(id).folder, error })
      }
    }
    found.runs.sort((a, b) => b.begun.at.localeCompare(a.begun.at))
    return found
  }

  /**
   * The run to resume: the one of that id, or the newest that is not over, of this runbook and replicator.
   * @throws UserError (252) where there is none, or it is over or of something else
   */
  async findToResume(id: string | undefined, runbook: RunbookName, replicatorId: string): Promise<RunbookRun> {
    const run = id === undefined ? (await this.openRuns(runbook, replicatorId))[0] : await this.read(checked(id))
    if (run === undefined) {
      const what = id === undefined ? `There is no unfinished ${runbook} of this replicator` : `There is no run ${id}`
      throw new UserError(`${what} on this machine.`, {
        exitCode: ExitCode.Usage,
        fix: `Begin one without --resume. Runs are kept in ${this.path}.`,
      })
    }
    const { begun } = run
    if (begun.runbook !== runbook || begun.replicatorId !== replicatorId) {
      throw new UserError(`${run.id} is a ${begun.runbook} of ${begun.replicatorName}.`, { exitCode: ExitCode.Usage })
    }
    if (run.end !== undefined) {
      throw new UserError(`${run.id} ${ENDS[run.end]}.`, {
        exitCode: ExitCode.Usage,
        fix: `What it did is in ${run.folder}.`,
      })
    }
    return run
  }

  /** Notes that another run takes the place of this one, so that it is not resumed any more. Only under the lock. */
  async leave({ id }: RunbookRun, clock: Clock): Promise<void> {
    const journal = await Journal.open(this.pathOf(id).journal, clock.now)
    await journal.write({ event: 'ended', how: 'left' })
  }

  /** The unfinished runs of this runbook and replicator, the newest first. */
  async openRuns(runbook: RunbookName, replicatorId: string): Promise<RunbookRun[]> {
    const { runs, unreadable } = await this.list()
    // It might be the one that is looked for.
    if (unreadable[0] !== undefined) throw unreadable[0].error
    return runs.filter(
      ({ begun, end }) => end === undefined && begun.runbook === runbook && begun.replicatorId === replicatorId,
    )
  }

  private async read(id: string): Promise<RunbookRun | undefined> {
    const { folder, journal } = this.pathOf(id)
    try {
      // It names commands that are run when it is resumed.
      for (const path of [this.path, folder, journal]) refuseUnlessOurs(path, await lstat(path))
      const { entries } = await readJournal(journal)
      const begun = entries[0]
      if (begun?.event !== 'runbook') return undefined
      const hasActed = entries.some(entry => entry.event === 'begun' && entry.part === 'act')
      const last = entries.at(-1)
      const { flags } = entries.findLast(({ event }) => event === 'resumed' || event === 'runbook') as RunbookEntry
      const end = last?.event === 'ended' ? last.how : undefined
      const isAborting = entries.some(({ event }) => event === 'aborting')
      return { id, folder, begun, flags, entries, end, isAborting, hasActed }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }
}

function checked(id: string): string {
  if (RUN_ID.test(id)) return id
  throw new UserError(`"${id}" is no run of a runbook: they are called r- and six digits.`, {
    exitCode: ExitCode.Usage,
    fix: 'Without an id, --resume takes the newest that is unfinished.',
  })
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
