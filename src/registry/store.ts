import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, link, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, messageOf, UserError } from '../errors.js'

/** A definition is a few kilobytes; far beyond that it is not one. */
const FILE_BYTES_MAX = 4 * 1024 * 1024

/**
 * Small text files in one private folder. A write appears whole or not at all, also after a power cut: it goes to a
 * temporary file, is flushed, then takes its name in one step, and the folder is flushed too.
 */
export class Store {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  pathOf(name: string): string {
    return join(this.folder, name)
  }

  /** Names of the files that end in `suffix`, sorted; none when nothing was ever written. */
  async names(suffix: string): Promise<string[]> {
    try {
      if (!(await this.#folderExists())) return []
      return (await readdir(this.folder)).filter(name => name.endsWith(suffix) && !name.startsWith('.')).sort()
    } catch (error) {
      throw unusable(this.folder, error)
    }
  }

  /** The text of a file, or undefined when there is none. Refuses a file that someone else could have written. */
  async read(name: string): Promise<string | undefined> {
    const path = this.pathOf(name)
    try {
      if (!(await this.#folderExists())) return undefined
      await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
      const status = await file.stat()
      refuseUnlessOurs(path, status)
      if (!status.isFile()) throw refusal(path, 'is not a file')
      if (status.size > FILE_BYTES_MAX) throw refusal(path, `has ${status.size} bytes, far too many`)
      return await file.readFile('utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      if (codeOf(error) === 'ELOOP') throw refusal(path, 'is a symbolic link')
      throw unusable(path, error)
    }
  }

  /** Writes a new file; answers false, and changes nothing, when the name is taken, even by a process just now. */
  async create(name: string, text: string): Promise<boolean> {
    return await this.#write(text, async temporary => {
      try {
        // Unlike rename, link never replaces: of two processes, one gets the name.
        await link(temporary, this.pathOf(name))
        return true
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false
        throw error
      } finally {
        await unlink(temporary)
      }
    })
  }

  /** Writes a file, replacing one of the same name. */
  async put(name: string, text: string): Promise<void> {
    await this.#write(text, temporary => rename(temporary, this.pathOf(name)))
  }

  /** How long ago a file was written, in milliseconds by the clock of its disk; undefined when there is none. */
  async age(name: string, now: number): Promise<number | undefined> {
    try {
      return now - (await lstat(this.pathOf(name))).mtimeMs
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw unusable(this.pathOf(name), error)
    }
  }

  /** Removes a file; answers false when there was none. */
  async remove(name: string): Promise<boolean> {
    try {
      await unlink(this.pathOf(name))
      await flushFolder(this.folder)
      return true
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw unusable(this.pathOf(name), error)
    }
  }

  async #write<T>(text: string, publish: (temporary: string) => Promise<T>): Promise<T> {
    const temporary = join(this.folder, `.${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
    try {
      await this.#makeFolder()
      await writeFlushed(temporary, text)
      const result = await publish(temporary)
      await flushFolder(this.folder)
      return result
    } catch (error) {
      throw unusable(this.folder, error)
    }
  }

  async #makeFolder(): Promise<void> {
    const first = await mkdir(this.folder, { recursive: true, mode: 0o700 })
    // The umask may have taken rights away from our own new folder; it never adds any.
    if (first !== undefined) await chmod(this.folder, 0o700)
    refuseUnlessOurs(this.folder, await lstat(this.folder))
  }

  async #folderExists(): Promise<boolean> {
    try {
      refuseUnlessOurs(this.folder, await lstat(this.folder))
      return true
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    }
  }
}

async function writeFlushed(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
}

async function flushFolder(folder: string): Promise<void> {
  await using handle = await open(folder, constants.O_RDONLY)
  await handle.sync()
}

interface FileStatus {
  uid: number
  mode: number
  isSymbolicLink(): boolean
}

/** Throws UserError (253) for what someone else could have written; `status` is of lstat. */
export function refuseUnlessOurs(path: string, status: FileStatus): void {
  if (status.isSymbolicLink()) throw refusal(path, 'is a symbolic link')
  const ourUid = process.getuid?.()
  // Windows has neither owners nor modes of this kind.
  if (ourUid === undefined) return
  if (status.uid !== ourUid)
    throw refusal(path, `belongs to another user (uid ${status.uid}; this process is ${ourUid})`)
  if ((status.mode & 0o022) !== 0) throw refusal(path, 'may be changed by other users', `chmod go-w '${path}'`)
}

function refusal(path: string, why: string, command?: string): UserError {
  return new UserError(`${path} ${why}: nothing is read from it or written to it.`, {
    exitCode: ExitCode.Environment,
    fix: command === undefined ? 'Mend that, or choose another folder with KAFKA_REPLICATOR_HOME.' : `Run: ${command}`,
  })
}

function unusable(path: string, error: unknown): unknown {
  const code = codeOf(error)
  if (error instanceof UserError || code === undefined) return error
  const why =
    code === 'EACCES' || code === 'EPERM' ? 'no permission' : code === 'ENOSPC' ? 'the disk is full' : messageOf(error)
  return new UserError(`Cannot use ${path}: ${why}.`, {
    exitCode: ExitCode.Environment,
    fix: 'Another folder can be chosen with KAFKA_REPLICATOR_HOME.',
    cause: error,
  })
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
