import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The folder where a runbook keeps what it has seen: tables, answers of commands, the verdict and a report. */
export class Evidence {
  readonly folder: string

  /** @param folder is there already, private to its owner */
  constructor(folder: string) {
    this.folder = folder
  }

  pathOf(name: string): string {
    return join(this.folder, name)
  }

  /** Keeps a text under a name; one of the same name is replaced. */
  async keep(name: string, text: string): Promise<void> {
    await writeFile(this.pathOf(name), text, { mode: 0o600 })
  }

  /** Adds to a text. */
  async add(name: string, text: string): Promise<void> {
    await appendFile(this.pathOf(name), text, { mode: 0o600 })
  }
}
