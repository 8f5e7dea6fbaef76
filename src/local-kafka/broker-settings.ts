import type { KafkaVersion } from './jars.js'
import type { Properties, ProxiedListener } from './server-properties.js'

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
  /** A second way in, whose clients are sent back to a proxy. */
  readonly proxied?: ProxiedListener | undefined
  readonly onProgress: ((text: string) => void) | undefined
}

/**
 * JVM options of a broker. A quick start stops at the first compiler and collects with one thread: ready sooner and
 * smaller, but slower under load, so the benchmark does without.
 */
export function jvmOptions(settings: Pick<BrokerSettings, 'heapMb' | 'quickStart'>): string[] {
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']
  return [`-Xmx${settings.heapMb}m`, '-Djava.awt.headless=true', ...(settings.quickStart ? quick : ['-XX:+UseG1GC'])]
}
