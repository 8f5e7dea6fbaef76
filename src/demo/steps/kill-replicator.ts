import { ExitCode, UserError } from '../../errors.js'
import { waitUntil } from '../../local-kafka/wait-until.js'
import { REPLICATOR, TOPIC } from '../files.js'
import type { Step } from '../step.js'
import type { DemoWorld } from '../world.js'

/** Seconds of sending without a pause in between, so that the end of the engine falls in the middle of it. */
const MESSAGES = 20_000
const MESSAGES_AT_ONCE = 500
const SENDERS = 4
const KILL_AFTER = 6_000
/** Sending so many takes a second; two busy cores take some more. */
const SENDING_TIMEOUT_MS = 60_000
const POLL_MS = 20

/** A real SIGKILL of the real engine, while records are on their way through it. */
export const killReplicator: Step = {
  title: 'Kill it while messages are on their way',
  explain: `In another terminal a producer sends ${grouped(MESSAGES)} messages. In the middle of it the engine is ended with SIGKILL, so that it can finish, note or say nothing, and started again.`,
  async act(world) {
    const { narrator, background, clusters } = world
    narrator.command(
      `seq -f 'message %g' ${MESSAGES} | kafka-console-producer.sh \\\n  --bootstrap-server ${clusters.source.bootstrapServers} --topic ${TOPIC}`,
    )
    const before = world.sent.length
    const load = sendAll(world)
    load.catch(() => {}) // told where it is awaited
    await narrator.during('', () => untilSent(world, before + KILL_AFTER))
    narrator.command('kill -9 %1')
    await background.kill()
    if (!background.hasEnded) throw new Error('an engine has outlived SIGKILL')
    background.takeOutput() // its last words were lines of progress; after SIGKILL it says nothing
    const crossed = await narrator.during('', async () => (await clusters.target.read(TOPIC)).length - before)
    narrator.output(`killed when ${grouped(crossed)} of ${grouped(MESSAGES)} messages had crossed`)
    const engine = await world.typeInBackground(`kafka-replicator run --replicator-name ${REPLICATOR}`)
    await narrator.during('the rest is sent and crosses', async () => {
      await load
      // Once as many are there as were sent, or more, it is time to count.
      await clusters.target.read(TOPIC, { count: world.sent.length })
    })
    narrator.output(engine.takeOutput())
  },
}

/** What is counted as sent, the source has acknowledged. */
async function sendAll({ clusters, sent }: DemoWorld): Promise<void> {
  let next = 1
  const sendMore = async () => {
    while (next <= MESSAGES) {
      const first = next
      next += MESSAGES_AT_ONCE
      const messages = Array.from({ length: MESSAGES_AT_ONCE }, (_, i) => `message ${first + i}`)
      const records = messages.map(value => ({ value }))
      await clusters.source.produce(TOPIC, records)
      sent.push(...messages)
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, sendMore))
}

async function untilSent({ sent, clock }: DemoWorld, count: number): Promise<void> {
  const enough = async () => (sent.length >= count ? true : undefined)
  if (await waitUntil(enough, { timeoutMs: SENDING_TIMEOUT_MS, intervalMs: POLL_MS, clock })) return
  throw new UserError(`Sending ${count} messages took longer than ${SENDING_TIMEOUT_MS / 1000} s.`, {
    exitCode: ExitCode.NotReached,
    fix: 'Is the machine very busy? Then try again when it is not.',
  })
}

function grouped(count: number): string {
  return count.toLocaleString('en')
}
