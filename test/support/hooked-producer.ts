import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { messageOf } from '../../src/errors.js'
import { MovingProducer } from './moving-groups.js'
import { temporaryFolder } from './temporary-folder.js'
import type { Side, TwoClusters } from './two-clusters.js'

const WRITE_INTERVAL_MS = 30

/**
 * An application that writes to the source until it is told to stop, and to the target once it is told to start there; by
 * files, so that hooks can tell it.
 */
export class HookedProducer {
  /** Of a failover. */
  readonly hooks: string[]
  private readonly folder: string
  private readonly producer: MovingProducer
  private ended = false
  private running: Promise<void> = Promise.resolve()

  private constructor(folder: string, producer: MovingProducer) {
    this.folder = folder
    this.producer = producer
    this.hooks = this.hooksOf({ from: 'source', to: 'target' })
  }

  /** All that was written, on either side, in this order. */
  get values(): string[] {
    return this.producer.values
  }

  /**
   * The commands of a move.
   *
   * @param killing those that kill the runbook in their midst, each once, and then do what they are there for
   */
  hooksOf({ from, to, killing = [] }: { from: 'source' | 'target'; to: 'source' | 'target'; killing?: string[] }) {
    const { folder } = this
    const hook = (name: string, act: string) => {
      const sign = `${folder}/killed-${from}-${name}`
      const kill = killing.includes(name) ? `[ -e '${sign}' ] || { touch '${sign}'; kill -9 $PPID; }; ` : ''
      // Each says so in a file, so that a test sees how often it was run.
      return ['--on', `${name}=echo ${name} >> '${folder}/calls'; ${kill}${act}`]
    }
    return [
      ...hook('stop-producers', `rm -f '${folder}/${from}'; while [ -e '${folder}/writing' ]; do sleep 0.05; done`),
      ...hook('start-consumers', 'true'),
      ...hook('start-producers', `touch '${folder}/${to}'`),
    ]
  }

  /** Writes until the end of the test. */
  static async start({ source, target }: TwoClusters, topic: string): Promise<HookedProducer> {
    const folder = await temporaryFolder()
    const producer = new MovingProducer(topic, 2)
    const hooked = new HookedProducer(folder, producer)
    await writeFile(join(folder, 'source'), '')
    hooked.running = hooked.write({ source, target })
    onTestFinished(async () => {
      hooked.ended = true
      await hooked.running
    })
    return hooked
  }

  /** Each run of a hook, in order; those of a second move follow those of the first. */
  async calls(): Promise<string[]> {
    const file = join(this.folder, 'calls')
    return existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n') : []
  }

  async stop(): Promise<void> {
    this.ended = true
    await this.running
  }

  /** Where a fence keeps it off, nothing of it is written. */
  private async writeTo(side: Side): Promise<void> {
    const before = this.values.length
    try {
      await this.producer.write(side, 3)
    } catch (error) {
      if (!/authoriz/i.test(messageOf(error))) throw error
      this.values.splice(before)
    }
  }

  private async write({ source, target }: { source: Side; target: Side }): Promise<void> {
    const writing = join(this.folder, 'writing')
    while (!this.ended) {
      await writeFile(writing, '')
      if (existsSync(join(this.folder, 'source'))) await this.writeTo(source)
      else if (existsSync(join(this.folder, 'target'))) await this.writeTo(target)
      await rm(writing)
      await systemClock.sleep(WRITE_INTERVAL_MS)
    }
  }
}
