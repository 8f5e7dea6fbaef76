import { copyFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BrokerFolder } from './broker-folder.js'
import type { BrokerProcess } from './broker-process.js'
import type { BrokerSettings } from './broker-settings.js'
import { jvmOptions } from './broker-settings.js'
import { newKafkaUuid } from './cluster-id.js'
import { freePorts } from './free-port.js'
import type { KafkaJars } from './jars.js'
import { kafkaJars } from './jars.js'
import type { JavaCommand } from './java-process.js'
import { JavaProcess } from './java-process.js'
import { lastLines } from './log-tail.js'
import { formatProperties, kraftProperties } from './server-properties.js'

const LOG_CONFIG = fileURLToPath(new URL('./log4j2.properties', import.meta.url))

/** A broker that is one JVM of ours: what Kafka 4 needs, and the broker half of what Kafka 2.8 needs. */
export class JavaBroker implements BrokerProcess {
  readonly bootstrapServers: string
  readonly #folder: BrokerFolder
  readonly #command: JavaCommand
  #java: JavaProcess | undefined

  constructor(port: number, folder: BrokerFolder, command: JavaCommand) {
    this.bootstrapServers = `127.0.0.1:${port}`
    this.#folder = folder
    this.#command = command
  }

  get dataDir(): string {
    return this.#folder.dataDir
  }

  get logFile(): string {
    return this.#folder.logFile
  }

  get pid(): number | undefined {
    return this.#java?.endedBecause === undefined ? this.#java?.pid : undefined
  }

  async launch(): Promise<void> {
    this.#java = await JavaProcess.start(this.#command)
  }

  async endedBecause(): Promise<string | undefined> {
    return this.#java?.endedBecause
  }

  async stop(): Promise<void> {
    await this.#java?.stop()
  }

  async kill(): Promise<void> {
    await this.#java?.kill()
  }

  async pause(): Promise<void> {
    this.#java?.signal('SIGSTOP')
  }

  async unpause(): Promise<void> {
    this.#java?.signal('SIGCONT')
  }

  logs(lines: number): Promise<string> {
    return lastLines(this.logFile, lines)
  }

  async dispose(): Promise<void> {
    await this.kill()
    await this.#folder.remove()
  }
}

/**
 * Prepares a KRaft node (broker and controller in one JVM) with formatted storage; `launch` starts it.
 * @throws UserError when the jars are not there and cannot be downloaded.
 */
export async function createKraftBroker(settings: BrokerSettings): Promise<JavaBroker> {
  const jars = await kafkaJars(settings.version, { onProgress: settings.onProgress })
  const [port, controllerPort] = (await freePorts(2)) as [number, number]
  const folder = await BrokerFolder.create(settings.name)
  const { proxied, extra, config } = settings
  const properties = kraftProperties({ port, controllerPort, dataDir: folder.dataDir, proxied, extra }, config)
  await formatStorage(jars, folder.dataDir, settings.clusterId)
  return new JavaBroker(port, folder, {
    mainClass: 'kafka.Kafka',
    args: [await folder.writeProperties('server.properties', properties)],
    // Behind Kafka's own, since the archive of classes is for a class path that begins like this.
    classPath: [jars.classPath, ...(settings.jars ?? [])].join(delimiter),
    jvmOptions: [...jvmOptions(settings, jars.classes), `-Dlog4j2.configurationFile=${LOG_CONFIG}`],
    logFile: folder.logFile,
  })
}

/**
 * What `kafka-storage.sh format` does, without its JVM (a second per broker): the bootstrap metadata that Kafka's
 * own tool wrote when the jars were downloaded, and a meta.properties with this cluster's id.
 */
async function formatStorage(jars: KafkaJars, dataDir: string, clusterId: string): Promise<void> {
  await copyFile(jars.bootstrapMetadata, join(dataDir, 'bootstrap.checkpoint'))
  const meta = { version: '1', 'cluster.id': clusterId, 'node.id': '1', 'directory.id': newKafkaUuid() }
  await writeFile(join(dataDir, 'meta.properties'), formatProperties(meta))
}
