import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guardFolder } from './guard.js'
import type { Properties } from './server-properties.js'
import { formatProperties } from './server-properties.js'

/** The folder of one broker under the system's temporary folder; removed with it, or when our process ends. */
export class BrokerFolder {
  readonly path: string
  readonly dataDir: string
  readonly logFile: string
  readonly #releaseGuard: () => void

  private constructor(path: string) {
    this.path = path
    this.dataDir = join(path, 'data')
    this.logFile = join(path, 'broker.log')
    this.#releaseGuard = guardFolder(path)
  }

  static async create(name: string): Promise<BrokerFolder> {
    const folder = new BrokerFolder(await mkdtemp(join(tmpdir(), `local-kafka-${name}-`)))
    await mkdir(folder.dataDir)
    return folder
  }

  /** Writes a Java properties file into the folder and answers its path. */
  async writeProperties(fileName: string, properties: Properties): Promise<string> {
    const file = join(this.path, fileName)
    await writeFile(file, formatProperties(properties))
    return file
  }

  async remove(): Promise<void> {
    // Retried, since a process that was just killed may still hold a file for a moment.
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 })
    this.#releaseGuard()
  }
}
