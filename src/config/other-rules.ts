import { splitBootstrapString } from './bootstrap-brokers.js'
import { referenceOf } from './cluster-references.js'
import { quote } from './findings.js'
import type { Rule } from './rule.js'
import { nearest } from './suggestions.js'

const LOG_DESTINATIONS = { CloudWatchLogs: 'LogGroup', Firehose: 'DeliveryStream', S3: 'Bucket' } as const

const logDestinationNamed: Rule = {
  name: 'log-destination-named',
  needs: ['logDelivery'],
  *check({ logDelivery }) {
    const destinations: Record<string, Record<string, unknown> | undefined> = { ...logDelivery.ReplicatorLogDelivery }
    for (const [destination, member] of Object.entries(LOG_DESTINATIONS)) {
      const settings = destinations[destination]
      if (settings?.Enabled !== true || settings[member] !== undefined) continue
      yield {
        in: 'logDelivery',
        path: ['ReplicatorLogDelivery', destination],
        at: 'key',
        message: `${destination} is enabled, but its ${member} is not given.`,
        fix: `Add "${member}", or write "Enabled": false.`,
        invalidParameter: member.replace(/^[A-Z]/, letter => letter.toLowerCase()),
      }
    }
  },
}

const tagLimits: Rule = {
  name: 'tag-limits',
  needs: ['request'],
  *check({ request }) {
    for (const key of Object.keys(request.Tags ?? {})) {
      const wrong =
        key === ''
          ? 'is empty'
          : key.length > 128
            ? 'is longer than 128 characters'
            : /^aws:/i.test(key)
              ? 'begins with "aws:", which AWS keeps for itself'
              : undefined
      if (wrong === undefined) continue
      yield {
        in: 'request',
        path: ['Tags', key],
        at: 'key',
        message: `The tag key ${quote(key)} ${wrong}.`,
        fix: 'Choose another key.',
        invalidParameter: 'tags',
      }
    }
  },
}

const overriddenBootstrap: Rule = {
  name: 'bootstrap-string',
  needs: ['connections'],
  *check({ connections }) {
    for (const [reference, { BootstrapBrokerString: text }] of Object.entries(connections.Clusters ?? {})) {
      const split = text === undefined ? undefined : splitBootstrapString(text)
      if (split === undefined || split.ok) continue
      yield {
        in: 'connections',
        path: ['Clusters', reference, 'BootstrapBrokerString'],
        message: `BootstrapBrokerString ${split.reason}.`,
        fix: 'Write host:port,host:port.',
      }
    }
  },
}

const oneOverriddenAuthentication: Rule = {
  name: 'one-authentication',
  needs: ['connections'],
  *check({ connections }) {
    for (const [reference, { ClientAuthentication: ways }] of Object.entries(connections.Clusters ?? {})) {
      if (Object.keys(ways ?? {}).length < 2) continue
      yield {
        in: 'connections',
        path: ['Clusters', reference, 'ClientAuthentication'],
        at: 'key',
        message: `ClientAuthentication has ${Object.keys(ways ?? {}).join(' and ')}: it takes one, or none.`,
        fix: 'Keep one of them.',
      }
    }
  },
}

const overrideIsUsed: Rule = {
  name: 'connection-is-used',
  needs: ['clusters', 'connections'],
  *check({ clusters, connections }) {
    const references = clusters.flatMap(cluster => referenceOf(cluster) ?? [])
    for (const reference of Object.keys(connections.Clusters ?? {})) {
      if (references.includes(reference)) continue
      const meant = nearest(reference, references)
      yield {
        in: 'connections',
        path: ['Clusters', reference],
        at: 'key',
        severity: 'warning',
        message: `${quote(reference)} is no cluster of kafka-clusters.json, so this entry does nothing.`,
        ...(meant !== undefined && { fix: `Did you mean ${quote(meant)}?` }),
      }
    }
  },
}

/** Rules about log delivery, tags and connections.json. */
export const OTHER_RULES: readonly Rule[] = [
  logDestinationNamed,
  tagLimits,
  overriddenBootstrap,
  oneOverriddenAuthentication,
  overrideIsUsed,
]
