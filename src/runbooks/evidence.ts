import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The folder where a runbook keeps what it has seen: tables, answers of commands, the verdict and a report. */
export class Evidence {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Creates the folder, private to its owner. */
  async begin(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
  }

  /** Keeps a text under a name; one of the same name is replaced. */
  async keep(name: string, text: string): Promise<void> {
    await writeFile(join(this.folder, name), text, { mode: 0o600 })
  }

  /** Adds to a text. */
  async add(name: string, text: string): Promise<void> {
    await appendFile(join(this.folder, name), text, { mode: 0o600 })
  }
}
