/** The keys and values of a server.properties file. */
export type Properties = Record<string, string>

/**
 * What a single node needs in every version, and what makes it quick in tests. Overrides of the user win over all of it.
 */
const SINGLE_NODE: Properties = {
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'min.insync.replicas': '1',
  // The first group and the first transaction wait until these partitions exist: 50 each would take about a second.
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.num.partitions': '4',
  'group.initial.rebalance.delay.ms': '0',
  // Of the heap, per broker: the default of 128 MiB is a quarter of ours.
  'log.cleaner.dedupe.buffer.size': String(4 * 1024 * 1024),
  'num.network.threads': '2',
  'num.io.threads': '4',
}

/** Where a broker listens for what comes through a proxy, and the proxy's port, which is what its clients are told. */
export interface ProxiedListener {
  port: number
  proxyPort: number
}

/** A further way in; how it authenticates stands in the broker's `config`, under `listener.name.<its name>.`. */
export interface ExtraListener {
  protocol: 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT'
  port: number
}

/** By name, in small letters and digits. Clients are sent back to `localhost`, which a certificate can name. */
export type ExtraListeners = Readonly<Record<string, ExtraListener>>

interface Ways {
  port: number
  proxied?: ProxiedListener | undefined
  extra?: ExtraListeners | undefined
}

/** server.properties of a KRaft node that is broker and controller in one. */
export function kraftProperties(
  node: Ways & { controllerPort: number; dataDir: string },
  overrides: Properties,
): Properties {
  return {
    ...SINGLE_NODE,
    'process.roles': 'broker,controller',
    'node.id': '1',
    ...listeners(node, [`CONTROLLER://127.0.0.1:${node.controllerPort}`]),
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `1@127.0.0.1:${node.controllerPort}`,
    // A killed broker may only come back when the controller has given up its predecessor: 9 s by default.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '400',
    'log.dirs': node.dataDir,
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    ...overrides,
  }
}

/** After this long without its broker, ZooKeeper forgets it, and a new one with its id may come (Kafka's default is 18 s). */
export const ZOOKEEPER_SESSION_MS = 6000

/** server.properties of a broker of the ZooKeeper days. */
export function zookeeperBrokerProperties(
  node: Ways & { zookeeperPort: number; dataDir: string },
  overrides: Properties,
): Properties {
  return {
    ...SINGLE_NODE,
    'broker.id': '1',
    ...listeners(node),
    'zookeeper.connect': `127.0.0.1:${node.zookeeperPort}`,
    'zookeeper.session.timeout.ms': String(ZOOKEEPER_SESSION_MS),
    // By default as long as the session; both start at once, and on a busy machine ZooKeeper needs longer than the broker.
    'zookeeper.connection.timeout.ms': '30000',
    'log.dirs': node.dataDir,
    ...overrides,
  }
}

function listeners({ port, proxied, extra = {} }: Ways, others: string[] = []): Properties {
  const plain = `PLAINTEXT://127.0.0.1:${port}`
  const added = Object.entries(extra).map(([name, one]) => ({ ...one, name: name.toUpperCase() }))
  const open = added.map(one => `${one.name}://127.0.0.1:${one.port}`)
  const told = added.map(one => `${one.name}://localhost:${one.port}`)
  return {
    listeners: [plain, ...(proxied ? [`PROXIED://127.0.0.1:${proxied.port}`] : []), ...open, ...others].join(),
    'advertised.listeners': [plain, ...(proxied ? [`PROXIED://127.0.0.1:${proxied.proxyPort}`] : []), ...told].join(),
    'listener.security.protocol.map': [
      'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
      ...added.map(one => `${one.name}:${one.protocol}`),
    ].join(),
  }
}

/** zoo.cfg of a ZooKeeper for one broker. */
export function zookeeperProperties(node: { zookeeperPort: number; dataDir: string }): Properties {
  return {
    dataDir: node.dataDir,
    clientPortAddress: '127.0.0.1',
    clientPort: String(node.zookeeperPort),
    // Sessions last at least two ticks: this allows the broker its 2 s.
    tickTime: '500',
    'admin.enableServer': 'false',
    maxClientCnxns: '0',
  }
}

/** The text of a Java properties file. Backslashes are doubled, since Java reads them as escapes. */
export function formatProperties(properties: Properties): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`)
    .join('')
}
