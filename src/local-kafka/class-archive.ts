import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runCommand } from './run-command.js'

/** A JVM that only says its version; a busy machine gets a minute. */
const CHECK_TIMEOUT_MS = 60_000

/**
 * What a JVM has loaded and checked of its classes, kept in a file for the next one ("class data sharing"): a broker's
 * start then costs a third less CPU time. Bound to the class path and to the JVM that made it; another one starts without.
 */
export class ClassArchive {
  readonly #file: string
  readonly #classPath: string

  constructor(file: string, classPath: string) {
    this.#file = file
    this.#classPath = classPath
  }

  get exists(): boolean {
    return existsSync(this.#file)
  }

  /** JVM options that use it; none where there is no archive. */
  get options(): string[] {
    if (!this.exists) return []
    return [`-XX:SharedArchiveFile=${this.#file}`, '-Xshare:auto']
  }

  /**
   * Makes the archive: `work` gets the JVM option with which a program writes it when it ends by itself. One that is not
   * whole is thrown away, and the programs start without.
   */
  async make(work: (option: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(dirname(this.#file), 'classes-'))
    const made = join(folder, 'classes.jsa')
    try {
      await work(`-XX:ArchiveClassesAtExit=${made}`)
      if (await this.#isWhole(made)) await rename(made, this.#file)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  async #isWhole(file: string): Promise<boolean> {
    const sharing = ['-Xshare:on', '-XX:+VerifySharedSpaces', `-XX:SharedArchiveFile=${file}`]
    const args = [...sharing, '-XX:+UseSerialGC', '-cp', this.#classPath, '-version']
    return (await runCommand('java', args, { timeoutMs: CHECK_TIMEOUT_MS })).exitCode === 0
  }
}
