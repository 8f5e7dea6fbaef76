import type { Shell } from '../cli/shell.js'
import { ExitCode } from '../errors.js'
import { CHAPTERS } from './chapters.js'
import { quoted } from './demo-folder.js'
import { GROUP, TOPIC } from './files.js'
import type { Chapter, Step } from './step.js'
import { DemoWorld } from './world.js'

/** Any time will do. */
const KEEP_ALIVE_MS = 60_000

export interface DemoOptions {
  color: boolean
  unicode: boolean
  /** Leave clusters and replicator running until Ctrl-C. */
  keep: boolean
}

/**
 * Plays the chapters and cleans up behind them, also after an error and after Ctrl-C; a second Ctrl-C does not wait for
 * that (guards end what is left). Done only when every step found what it promises, and so the copy was proven equal.
 */
export async function runDemo({ keep, ...look }: DemoOptions, shell: Shell): Promise<ExitCode> {
  const stop = new AbortController()
  const giveUp = new AbortController()
  const forgetSignals = shell.onStopSignal(() => (stop.signal.aborted ? giveUp : stop).abort())
  const world = await DemoWorld.create(shell, look)
  const started = shell.clock.monotonic()
  let isOver = false
  try {
    introduce(world)
    const played = playChapters(world, CHAPTERS, keep).then(() => 'played' as const)
    isOver = (await Promise.race([played, aborted(stop.signal)])) === 'played'
    if (isOver && keep) {
      sumUp(world, started, keep)
      await sayHowToReach(world)
      // A promise alone keeps no process alive, and whoever plays may have ended the engine.
      while (!stop.signal.aborted) await shell.clock.sleep(KEEP_ALIVE_MS, stop.signal)
    }
  } finally {
    if (!isOver) world.narrator.mute()
    if (stop.signal.aborted) shell.stdout.write('\n   cleaning up (Ctrl-C again not to wait for it)\n')
    await Promise.race([world[Symbol.asyncDispose](), aborted(giveUp.signal)])
    forgetSignals()
  }
  if (!isOver) return ExitCode.Interrupted
  if (!keep) sumUp(world, started, keep)
  return ExitCode.Done
}

async function playChapters(world: DemoWorld, chapters: readonly Chapter[], keep: boolean): Promise<void> {
  const stepsOf = ({ steps }: Chapter): readonly Step[] => (keep ? steps.filter(step => !step.endsReplicator) : steps)
  const total = chapters.reduce((sum, chapter) => sum + stepsOf(chapter).length, 0)
  let number = 0
  for (const chapter of chapters) {
    const steps = stepsOf(chapter)
    if (steps.length > 0) world.narrator.chapter(chapter.title)
    for (const step of steps) {
      number++
      world.narrator.step(number, total, step.title)
      world.narrator.text(step.explain)
      await step.act(world)
    }
  }
}

function introduce({ narrator, folder }: DemoWorld): void {
  narrator.heading('kafka-replicator demo: two real Kafka clusters, one copied to the other')
  narrator.text(
    `Every kafka-replicator command below is really run, in ${folder.path}; type the same for clusters of your own. Nothing is left of it at the end.`,
  )
}

function sumUp({ narrator, sent }: DemoWorld, started: number, keep: boolean): void {
  const count = sent.length.toLocaleString('en')
  narrator.heading(`Done in ${narrator.seconds(started)}`)
  narrator.done(`${count} messages sent, the same ${count} read on both sides: each once`)
  narrator.done(`verify has proven topic ${TOPIC} equal: in order, byte for byte, once`)
  narrator.done(`group ${GROUP} went to the target and home again, and read nothing twice`)
  if (!keep) narrator.done('a lost source was left only after a decision, and what it still held was told')
  if (!keep) narrator.done('clusters, files and replicator are removed again')
  narrator.heading('What next')
  if (!keep) narrator.output('kafka-replicator demo --keep    the same, left running for you to play with')
  narrator.output('examples/local                  the files for two clusters of your own')
  narrator.output('README.md                       the five-minute guide with them')
}

async function sayHowToReach(world: DemoWorld): Promise<void> {
  const { narrator, folder, clusters } = world
  const { source, target } = clusters
  const hasTools = await folder.addKafkaTools()
  narrator.heading('Kept: both clusters and the replicator run until you press Ctrl-C here')
  narrator.output(`source   ${source.bootstrapServers}\ntarget   ${target.bootstrapServers}\nfiles    ${folder.path}`)
  narrator.text('')
  narrator.text('In another terminal:')
  narrator.command(
    [
      `cd ${quoted(folder.path)}`,
      `export KAFKA_REPLICATOR_HOME=${quoted(folder.environment.KAFKA_REPLICATOR_HOME)}`,
      'export PATH="$PWD/bin:$PATH"',
      'kafka-replicator list-replicators',
    ].join('\n'),
  )
  if (hasTools) {
    for (const [tool, { bootstrapServers }, more] of [
      ['kafka-console-producer.sh', source, ''],
      ['kafka-console-consumer.sh', target, ' --from-beginning'],
    ] as const) {
      narrator.command(`${tool} --bootstrap-server ${bootstrapServers} \\\n  --topic ${TOPIC}${more}`)
    }
  }
  narrator.command('kafka-replicator verify --replicator-name demo')
}

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve('aborted')
    signal.addEventListener('abort', () => resolve('aborted'), { once: true })
  })
}
