import type { ClassArchive } from './class-archive.js'
import type { KafkaVersion } from './jars.js'
import type { ExtraListeners, Properties, ProxiedListener } from './server-properties.js'

/** What LocalKafka tells whoever runs the broker. */
export interface BrokerSettings {
  readonly version: KafkaVersion
  /** Name in the data folder and in messages. */
  readonly name: string
  /** For KRaft; a ZooKeeper broker makes its own. */
  readonly clusterId: string
  readonly config: Properties
  readonly heapMb: number
  readonly quickStart: boolean
  /** For a broker that is started to make the archive of classes. */
  readonly jvmOption?: string | undefined
  /** A second way in, whose clients are sent back to a proxy. */
  readonly proxied?: ProxiedListener | undefined
  /** Further ways in, with TLS or a login. */
  readonly extra?: ExtraListeners | undefined
  /** Jars of ours beside those of Kafka, for what its `config` names. */
  readonly jars?: readonly string[] | undefined
  readonly onProgress: ((text: string) => void) | undefined
}

/** A JVM that lives for minutes: stops at the first compiler and collects with one thread. */
export const QUICK_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/**
 * JVM options of a broker. A quick start makes it ready sooner and smaller, but slower under load, so the benchmark
 * does without.
 */
export function jvmOptions(
  { heapMb, quickStart, jvmOption }: Pick<BrokerSettings, 'heapMb' | 'quickStart' | 'jvmOption'>,
  classes?: ClassArchive,
): string[] {
  const options = [`-Xmx${heapMb}m`, '-Djava.awt.headless=true', ...(quickStart ? QUICK_START : ['-XX:+UseG1GC'])]
  return [...options, ...(jvmOption ? [jvmOption] : (classes?.options ?? []))]
}
