import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../clock.js'
import { BrokerFolder } from './broker-folder.js'
import type { BrokerProcess } from './broker-process.js'
import type { BrokerSettings } from './broker-settings.js'
import { jvmOptions } from './broker-settings.js'
import { freePorts } from './free-port.js'
import { kafkaJars } from './jars.js'
import { JavaBroker } from './java-broker.js'
import type { JavaCommand } from './java-process.js'
import { JavaProcess } from './java-process.js'
import { ZOOKEEPER_SESSION_MS, zookeeperBrokerProperties, zookeeperProperties } from './server-properties.js'

const LOG_CONFIG = `-Dlog4j.configuration=file:${fileURLToPath(new URL('./log4j.properties', import.meta.url))}`

/**
 * A broker of the ZooKeeper days and the ZooKeeper it needs, as two JVMs. Stop, kill and pause meet the broker alone,
 * as they would in a real cluster; ZooKeeper runs from the first launch until the end.
 */
class ZookeeperBroker extends JavaBroker {
  readonly #zookeeperCommand: JavaCommand
  #zookeeper: JavaProcess | undefined
  /** Reading of the monotonic clock at which the broker's ZooKeeper session is surely over. */
  #sessionEndsAt = 0

  constructor(port: number, folder: BrokerFolder, commands: { broker: JavaCommand; zookeeper: JavaCommand }) {
    super(port, folder, commands.broker)
    this.#zookeeperCommand = commands.zookeeper
  }

  override async launch(): Promise<void> {
    // Both at once: the broker waits for its ZooKeeper (6 s by default) longer than that takes to start.
    this.#zookeeper ??= await JavaProcess.start(this.#zookeeperCommand)
    await systemClock.sleep(this.#sessionEndsAt - systemClock.monotonic())
    await super.launch()
  }

  /** The next broker would fail at once while ZooKeeper still waits for this one, so `launch` lets that time go by. */
  override async kill(): Promise<void> {
    await super.kill()
    // ZooKeeper looks for dead sessions once per tick (0.5 s).
    this.#sessionEndsAt = systemClock.monotonic() + ZOOKEEPER_SESSION_MS + 500
  }

  override async dispose(): Promise<void> {
    await this.#zookeeper?.kill()
    await super.dispose()
  }
}

/**
 * Prepares a broker with its ZooKeeper; `launch` starts both.
 * @throws UserError when the jars are not there and cannot be downloaded.
 */
export async function createZookeeperBroker(settings: BrokerSettings): Promise<BrokerProcess> {
  const { classPath, classes } = await kafkaJars(settings.version, { onProgress: settings.onProgress })
  const [port, zookeeperPort] = (await freePorts(2)) as [number, number]
  const folder = await BrokerFolder.create(settings.name)
  const zookeeperData = join(folder.path, 'zookeeper')
  await mkdir(zookeeperData)
  const brokerFile = await folder.writeProperties(
    'server.properties',
    zookeeperBrokerProperties(
      { port, zookeeperPort, dataDir: folder.dataDir, proxied: settings.proxied, extra: settings.extra },
      settings.config,
    ),
  )
  const zookeeperFile = await folder.writeProperties(
    'zookeeper.properties',
    zookeeperProperties({ zookeeperPort, dataDir: zookeeperData }),
  )
  const broker: JavaCommand = {
    mainClass: 'kafka.Kafka',
    args: [brokerFile],
    classPath,
    jvmOptions: [...jvmOptions(settings, classes), LOG_CONFIG],
    logFile: folder.logFile,
  }
  const zookeeper: JavaCommand = {
    mainClass: 'org.apache.zookeeper.server.ZooKeeperServerMain',
    args: [zookeeperFile],
    classPath,
    // It holds a few hundred small nodes.
    jvmOptions: [...jvmOptions({ heapMb: 96, quickStart: true }), LOG_CONFIG],
    logFile: join(folder.path, 'zookeeper.log'),
  }
  return new ZookeeperBroker(port, folder, { broker, zookeeper })
}
