import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { guardFolder } from '../local-kafka/guard.js'
import { jarsAreCached, kafkaJars } from '../local-kafka/jars.js'

const BIN = fileURLToPath(new URL('../../bin/kafka-replicator.js', import.meta.url))

/** Kafka's own tools that help to play with the clusters, by the names of its `bin` folder. */
const KAFKA_TOOLS: Readonly<Record<string, string>> = {
  'kafka-topics.sh': 'org.apache.kafka.tools.TopicCommand',
  'kafka-console-producer.sh': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer.sh': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
}

/**
 * The demo's folder: the three files, the registry (`state`), and `bin` with a `kafka-replicator` that is this very
 * package, so that the commands which are shown are the commands which run. Gone when our process ends, however it ends.
 */
export class DemoFolder {
  readonly path: string
  readonly #releaseGuard: () => void

  private constructor(path: string) {
    this.path = path
    this.#releaseGuard = guardFolder(path)
  }

  static async create(): Promise<DemoFolder> {
    const folder = new DemoFolder(await mkdtemp(join(tmpdir(), 'kafka-replicator-demo-')))
    await mkdir(folder.#bin)
    await folder.#addCommand('kafka-replicator', [process.execPath, BIN])
    return folder
  }

  /** What a shell needs so that commands find this package and this registry. */
  get environment(): { PATH: string; KAFKA_REPLICATOR_HOME: string } {
    return {
      PATH: `${this.#bin}:${process.env.PATH ?? '/usr/bin:/bin'}`,
      KAFKA_REPLICATOR_HOME: join(this.path, 'state'),
    }
  }

  async write(fileName: string, text: string): Promise<void> {
    await writeFile(join(this.path, fileName), text)
  }

  /** Adds Kafka's own tools to `bin`. Answers false where the brokers run in containers, which have their own. */
  async addKafkaTools(): Promise<boolean> {
    if (!(await jarsAreCached('4.2.0'))) return false
    const { classPath } = await kafkaJars('4.2.0')
    for (const [name, mainClass] of Object.entries(KAFKA_TOOLS)) {
      await this.#addCommand(name, ['java', '-cp', classPath, mainClass])
    }
    return true
  }

  async remove(): Promise<void> {
    // Retried, since a process that has just ended may have left a file a moment ago.
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 })
    this.#releaseGuard()
  }

  get #bin(): string {
    return join(this.path, 'bin')
  }

  async #addCommand(name: string, words: readonly string[]): Promise<void> {
    const file = join(this.#bin, name)
    await writeFile(file, `#!/bin/sh\nexec ${words.map(quoted).join(' ')} "$@"\n`)
    await chmod(file, 0o755)
  }
}

/** One word for a POSIX shell. */
export function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
