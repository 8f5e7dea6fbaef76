import { targetTopicName } from '../../policy/topic-names.js'
import type { RunbookContext } from '../context.js'
import { handOver } from '../hand-over.js'
import { PASSED, type Step } from '../step.js'

/** The applications begin on the target: consumers first, so that nothing waits for them, then producers. */
export function startOnTarget(): Step[] {
  return [startConsumers, startProducers]
}

const startConsumers: Step = {
  name: 'start-consumers',
  title: 'start the consumers on the target',
  commands: [],
  check: async context => {
    await context.say(await whereToGo(context))
    return PASSED
  },
  act: handOver('start-consumers', 'start-consumers', 'Start the consumers on the target.'),
}

const startProducers: Step = {
  name: 'start-producers',
  title: 'start the producers on the target',
  commands: [],
  act: handOver('start-producers', 'start-producers', 'Start the producers on the target.'),
}

/** Where applications find the target, with the same group ids and the topics' names there. */
async function whereToGo(context: RunbookContext): Promise<string> {
  const { options } = context
  const status = await context.status()
  const groups = status.groups.groups.map(({ group }) => group)
  const named = groups.slice(0, GROUPS_NAMED_MAX).join(', ') + (groups.length > GROUPS_NAMED_MAX ? ', …' : '')
  const lines = [
    `bootstrap servers: ${options.target.bootstrapBrokers.join(',')}`,
    `consumer groups (the same ids): ${groups.length === 0 ? 'none known' : named}`,
  ]
  if (options.topics.naming === 'prefixed') lines.push(...subscriptions(context, status.topics))
  return lines.join('\n')
}

const GROUPS_NAMED_MAX = 10

/** Under prefixed names a consumer needs both: what was copied, and what is written here from now on (msk-api 5.4). */
function subscriptions({ options }: RunbookContext, topics: readonly { sourceTopic: string }[]): string[] {
  const pairs = topics
    .slice(0, GROUPS_NAMED_MAX)
    .map(({ sourceTopic }) => `${targetTopicName(sourceTopic, 'prefixed', options.source.alias)} and ${sourceTopic}`)
  return [
    `subscriptions: ${pairs.join('; ')}${topics.length > GROUPS_NAMED_MAX ? '; …' : ''}`,
    'where the order matters, read the copied topic to its end first, then the local one',
    `producers write to the names without "${options.source.alias}."`,
  ]
}
