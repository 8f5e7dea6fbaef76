import { HEARTBEAT_TOPIC } from '../../policy/topic-patterns.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import type { RunbookContext } from '../context.js'
import { type Gate, waitForGate } from '../gate.js'
import { notKnown } from '../gates.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'
import type { HeartbeatOutcome } from '../write-heartbeat.js'

const HEARTBEAT_FACT = 'heartbeat'
/** An engine looks for topics every 30 s; what has not come after ten times that does not come by itself. */
const PATIENCE_MS = 300_000

type Written = HeartbeatOutcome & { at: number }

/**
 * Where nobody writes, one record of ours proves that what is written on the primary arrives on the secondary. The primary
 * may not let us write: the applications are home all the same, so that is said and ends nothing.
 *
 * @param wasSeen whether other records were seen on their way already
 */
export function proveByHeartbeat(
  { name, source, target }: RunbookContext['options'],
  wasSeen: (context: RunbookContext) => boolean,
): Step {
  return {
    name: 'heartbeat',
    title: `see that a heartbeat record crosses from ${source.alias} to ${target.alias}`,
    commands: [`kafka-replicator status --replicator-name ${name} --watch`],
    isNeeded: async context => !wasSeen(context),
    act: {
      isDone: async ({ journal }) => journal.fact(HEARTBEAT_FACT) !== undefined,
      run: write,
    },
    gate: untilCrossed,
  }
}

async function write({ tools, clock, by, journal }: RunbookContext): Promise<StepOutcome> {
  const at = clock.now()
  const outcome = await tools.writeHeartbeat({ by, at })
  await journal.write({ event: 'fact', name: HEARTBEAT_FACT, value: { ...outcome, at } })
  // Whenever an engine is spoken to, it looks for new topics at once.
  if ('offset' in outcome) await tools.control({}, by)
  return PASSED
}

async function untilCrossed(context: RunbookContext): Promise<StepOutcome> {
  const { journal, settings, options, say } = context
  const written = journal.fact<Written>(HEARTBEAT_FACT)
  if (written === undefined) return { kind: 'failed', reason: 'no heartbeat record was written' }
  if ('refusal' in written) {
    await say(describeRefusal(written.refusal, options.source))
    return PASSED
  }
  const seen = { at: written.at }
  // It cannot come back, so one look does.
  const patience = { samples: 1, timeoutMs: Math.min(settings.timeoutMs, PATIENCE_MS) }
  const outcome = await waitForGate(crossed(written.offset, options.target.alias, seen), {
    ...context,
    settings: { ...settings, ...patience },
  })
  if (outcome.kind === 'passed') {
    const seconds = Math.max(1, Math.ceil((seen.at - written.at) / 1_000))
    await say(`heartbeat record crossed within ${seconds} s: nobody else wrote on ${options.source.alias}`)
  }
  return outcome.kind === 'timed-out' ? { ...outcome, fix: whatHoldsItUp(options) } : outcome
}

/** @param seen takes the time of the look that found it crossed, milliseconds since 1970 */
function crossed(offset: number, target: string, seen: { at: number }): Gate {
  return {
    title: 'the heartbeat crosses',
    threshold: `the record is on ${target}`,
    shows: { kind: 'drain', maxLag: Number.POSITIVE_INFINITY },
    lacking: status => {
      const problem = notKnown(status) ?? notThere(offset, status)
      if (problem === undefined) seen.at = Date.parse(status.at)
      return problem
    },
  }
}

/** The position passes a record when the target has acknowledged it, or when it was left out, which a gap says. */
function notThere(offset: number, { topics, gaps }: StoredStatus): string | undefined {
  const row = topics.find(({ sourceTopic }) => sourceTopic === HEARTBEAT_TOPIC)?.partitions[0]
  if (row === undefined) return `${HEARTBEAT_TOPIC} is not copied yet`
  const gap = gaps.find(one => one.sourceTopic === HEARTBEAT_TOPIC && one.from <= offset && offset < one.to)
  if (gap !== undefined) return `the record was left out: ${gap.reason}`
  if (row.copied === null) return `how far ${HEARTBEAT_TOPIC} is copied is not known`
  return row.copied > offset ? undefined : `record ${offset} of ${HEARTBEAT_TOPIC} has not crossed yet`
}

function describeRefusal(refusal: string, { alias, bootstrapBrokers }: RunbookContext['options']['source']): string {
  const server = `--bootstrap-server ${bootstrapBrokers.join(',')}`
  return [
    `no traffic, and no heartbeat record could be written on ${alias} (${refusal}): that it copies is not proved.`,
    'To let the next failback prove it, allow it for the principal of kafka-replicator:',
    `  kafka-acls.sh ${server} --add --allow-principal User:<principal> --operation Create --operation Describe --operation Write --topic ${HEARTBEAT_TOPIC}`,
  ].join('\n')
}

function whatHoldsItUp({ name, source, target }: RunbookContext['options']): string {
  return [
    `See what the replicator says of ${HEARTBEAT_TOPIC}, then resume. May it create a topic on ${target.alias}, and does it read as of today on ${source.alias}?`,
    `kafka-replicator status --replicator-name ${name}`,
  ].join('\n')
}
