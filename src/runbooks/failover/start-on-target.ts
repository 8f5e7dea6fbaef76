import { targetTopicName } from '../../policy/topic-names.js'
import { HEARTBEAT_TOPIC } from '../../policy/topic-patterns.js'
import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { RunbookContext } from '../context.js'
import { commandsOf, handOver } from '../hand-over.js'
import type { HookCommands } from '../hooks.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'

/** More names than these help nobody on a screen; the evidence has all. */
const NAMED_MAX = 10

/**
 * The applications begin on the target: consumers first, so that nothing waits for them, then producers.
 *
 * @param cluster how people call the target
 * @param mayStart looked at before each of the two, however long ago the steps before them were
 */
export function startOnTarget(
  cluster: string,
  hooks: HookCommands,
  mayStart: (context: RunbookContext) => Promise<StepOutcome> = async () => PASSED,
): Step[] {
  return [
    {
      name: 'start-consumers',
      title: `start the consumers on ${cluster}`,
      commands: commandsOf('start-consumers', hooks),
      check: async context => {
        const outcome = await mayStart(context)
        if (outcome.kind === 'passed') await context.say(await whereToGo(context))
        return outcome
      },
      act: handOver('start-consumers', 'start-consumers', `Start the consumers on ${cluster}.`),
    },
    {
      name: 'start-producers',
      title: `start the producers on ${cluster}`,
      commands: commandsOf('start-producers', hooks),
      check: mayStart,
      act: handOver('start-producers', 'start-producers', `Start the producers on ${cluster}.`),
    },
  ]
}

/** Where applications find the target, with the same group ids and the topics' names there. */
async function whereToGo({ options, status, evidence }: RunbookContext): Promise<string> {
  const { groups, topics } = await status()
  const ids = groups.groups.map(({ group }) => group)
  const lines = (max: number) => [
    `brokers of ${options.target.alias}: ${options.target.bootstrapBrokers.join(',')}`,
    ...(ids.length === 0 ? [] : [`consumer groups, with the same ids: ${some(ids, ', ', max)}`]),
    ...(options.topics.naming === 'identical' ? [] : subscriptions(options, topics, max)),
  ]
  await evidence.keep('hand-over.txt', `${lines(Number.POSITIVE_INFINITY).join('\n')}\n`)
  return lines(NAMED_MAX).join('\n')
}

/** Under prefixed names a consumer needs both: what was copied, and what is written here from now on (msk-api 5.4). */
function subscriptions(
  { source: { alias }, target }: ReplicatorOptions,
  topics: readonly { sourceTopic: string }[],
  max: number,
): string[] {
  const theirs = topics.filter(({ sourceTopic }) => sourceTopic !== HEARTBEAT_TOPIC)
  const pairs = theirs.map(({ sourceTopic }) => `${targetTopicName(sourceTopic, 'prefixed', alias)} and ${sourceTopic}`)
  return [
    `consumers subscribe to: ${some(pairs, '; ', max)}`,
    'where the order matters, they read the copied topic to its end before the other one',
    `producers write to the names without "${alias}.": create these topics on ${target.alias} where they are not there yet`,
  ]
}

function some(names: readonly string[], joint: string, max: number): string {
  const more = names.length > max ? `${joint}and ${names.length - max} more (hand-over.txt)` : ''
  return `${names.slice(0, max).join(joint)}${more}`
}
