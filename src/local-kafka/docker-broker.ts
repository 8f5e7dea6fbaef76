import { ExitCode, UserError } from '../errors.js'
import type { BrokerProcess } from './broker-process.js'
import type { BrokerSettings } from './broker-settings.js'
import { newKafkaUuid } from './cluster-id.js'
import { freePorts } from './free-port.js'
import { guardContainer } from './guard.js'
import { runCommand } from './run-command.js'
import type { Properties } from './server-properties.js'
import { kraftProperties } from './server-properties.js'

// So far only the arguments built here are tested: no machine of this project's had a Docker engine yet.

/** The first `docker run` may pull 400 MB. */
const RUN_TIMEOUT_MS = 10 * 60_000
const COMMAND_TIMEOUT_MS = 60_000
/** As long as a Java broker may take to shut down; then Docker kills it. */
const STOP_SECONDS = 30
/** Where the image keeps its data; a volume that goes with the container. */
const DATA_DIR = '/var/lib/kafka/data'
/** Inside the container, where nobody else listens. */
const CONTROLLER_PORT = 9093

/** Arguments of `docker run` for a single-node cluster that is reached from this machine alone. */
export function dockerRunArguments(settings: BrokerSettings, container: string, port: number): string[] {
  const environment: Properties = {
    CLUSTER_ID: settings.clusterId,
    KAFKA_HEAP_OPTS: `-Xmx${settings.heapMb}m`,
    ...environmentOf(containerProperties(settings, port)),
  }
  const variables = Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const publish = ['-p', `127.0.0.1:${port}:${port}`]
  return ['run', '-d', '--name', container, ...publish, ...variables, `apache/kafka:${settings.version}`]
}

/** The image turns KAFKA_A_B__C___D into a.b_c-d. */
export function environmentOf(properties: Properties): Properties {
  const nameOf = (key: string) =>
    `KAFKA_${key.replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_').toUpperCase()}`
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [nameOf(key), value]))
}

function containerProperties(settings: BrokerSettings, port: number): Properties {
  const properties = kraftProperties({ port, controllerPort: CONTROLLER_PORT, dataDir: DATA_DIR }, {})
  // Docker forwards to the container's outer address, so there 127.0.0.1 would not be reached.
  const listeners = `PLAINTEXT://0.0.0.0:${port},CONTROLLER://127.0.0.1:${CONTROLLER_PORT}`
  return { ...properties, listeners, ...settings.config }
}

/** A broker in a container of the apache/kafka image. Restarts keep the container, and so its data. */
class DockerBroker implements BrokerProcess {
  readonly bootstrapServers: string
  readonly dataDir = undefined
  readonly logFile = undefined
  readonly pid = undefined
  readonly #container: string
  readonly #runArguments: string[]
  #releaseGuard: (() => void) | undefined

  constructor(container: string, port: number, runArguments: string[]) {
    this.bootstrapServers = `127.0.0.1:${port}`
    this.#container = container
    this.#runArguments = runArguments
  }

  async launch(): Promise<void> {
    if (this.#releaseGuard) return this.#docker('start', this.#container)
    this.#releaseGuard = guardContainer(this.#container)
    await docker(this.#runArguments, RUN_TIMEOUT_MS)
  }

  async endedBecause(): Promise<string | undefined> {
    const format = '{{.State.Running}} {{.State.ExitCode}}'
    const [running, exitCode] = (await docker(['inspect', '--format', format, this.#container])).split(' ')
    return running === 'true' ? undefined : `exit code ${exitCode}`
  }

  async stop(): Promise<void> {
    await this.#docker('stop', '-t', String(STOP_SECONDS), this.#container)
  }

  async kill(): Promise<void> {
    if ((await this.endedBecause()) === undefined) await this.#docker('kill', this.#container)
  }

  pause(): Promise<void> {
    return this.#docker('pause', this.#container)
  }

  unpause(): Promise<void> {
    return this.#docker('unpause', this.#container)
  }

  logs(lines: number): Promise<string> {
    return docker(['logs', '--tail', String(lines), this.#container])
  }

  async dispose(): Promise<void> {
    if (!this.#releaseGuard) return
    await this.#docker('rm', '--force', '--volumes', this.#container)
    this.#releaseGuard()
  }

  async #docker(...args: string[]): Promise<void> {
    await docker(args)
  }
}

/** Prepares a container; `launch` pulls the image if need be and runs it. */
export async function createDockerBroker(settings: BrokerSettings): Promise<BrokerProcess> {
  const [port] = (await freePorts(1)) as [number]
  settings.onProgress?.(`running Kafka ${settings.version} with Docker (the first time it downloads the image)`)
  const container = `local-kafka-${settings.name}-${newKafkaUuid().slice(0, 8)}`
  return new DockerBroker(container, port, dockerRunArguments(settings, container, port))
}

async function docker(args: readonly string[], timeoutMs = COMMAND_TIMEOUT_MS): Promise<string> {
  const { exitCode, output } = await runCommand('docker', args, { timeoutMs })
  if (exitCode === 0) return output
  throw new UserError(`docker ${args[0]} failed: ${output.slice(-500)}`, {
    exitCode: ExitCode.Environment,
    fix: 'Does `docker run --rm hello-world` work? With Java 17 and Maven installed, Docker is not needed.',
  })
}
