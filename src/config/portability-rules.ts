import { parseMskClusterArn } from './cluster-references.js'
import type { Rule } from './rule.js'
import type { KafkaCluster } from './types.js'

/** A rule that every Apache cluster has a member which AWS demands and this tool does not. */
function apacheNeeds(name: string, member: 'ClientAuthentication' | 'EncryptionInTransit', message: string): Rule {
  return {
    name,
    needs: ['clusters'],
    strictOnly: true,
    *check({ clusters }) {
      for (const [index, cluster] of clusters.entries()) {
        if (cluster.ApacheKafkaCluster === undefined || cluster[member] !== undefined) continue
        yield {
          in: 'clusters',
          path: [index, 'ApacheKafkaCluster'],
          at: 'key',
          message,
          fix: `Add "${member}" to this entry; without it the file works here, not on AWS.`,
          invalidParameter: member.replace(/^[A-Z]/, letter => letter.toLowerCase()),
        }
      }
    },
  }
}

const oneMskCluster: Rule = {
  name: 'portable-one-msk-cluster',
  needs: ['clusters'],
  strictOnly: true,
  *check({ clusters }) {
    if (clusters.length === 0 || clusters.some(cluster => cluster.AmazonMskCluster !== undefined)) return
    yield {
      in: 'clusters',
      path: [],
      message: 'Neither cluster is an MSK cluster: on AWS at least one of the two must be.',
      fix: 'This works here, not on AWS.',
      invalidParameter: 'kafkaClusters',
    }
  },
}

const oneAccount: Rule = {
  name: 'portable-one-account',
  needs: ['clusters'],
  strictOnly: true,
  *check({ clusters }) {
    const accounts = clusters.map(accountOf)
    const first = accounts.find(account => account !== undefined)
    const index = accounts.findIndex(account => account !== undefined && account !== first)
    if (index === -1) return
    yield {
      in: 'clusters',
      path: [index, 'AmazonMskCluster', 'MskClusterArn'],
      message: 'The MSK clusters belong to different accounts: on AWS both must be in the same.',
      fix: 'This works here, not on AWS.',
      invalidParameter: 'kafkaClusters',
    }
  },
}

const roleOfSameAccount: Rule = {
  name: 'portable-role-account',
  needs: ['clusters', 'request'],
  strictOnly: true,
  *check({ clusters, request }) {
    const role = /^arn:[a-z-]+:iam::([0-9]{12}):/.exec(request.ServiceExecutionRoleArn)?.[1]
    const account = clusters.map(accountOf).find(found => found !== undefined)
    if (role === undefined || account === undefined || role === account) return
    yield {
      in: 'request',
      path: ['ServiceExecutionRoleArn'],
      message: 'Cross-account pass role is not allowed.',
      fix: `Use a role of account ${account}.`,
    }
  },
}

const noSchemaMember: Rule = {
  name: 'portable-no-schema-key',
  needs: ['logDelivery'],
  strictOnly: true,
  *check({ logDelivery }) {
    if (!Object.hasOwn(logDelivery, '$schema')) return
    yield {
      in: 'logDelivery',
      path: ['$schema'],
      at: 'key',
      message: 'The AWS CLI refuses the key "$schema".',
      fix: 'Remove it; set the schema in your editor instead.',
    }
  },
}

function accountOf(cluster: KafkaCluster): string | undefined {
  return parseMskClusterArn(cluster.AmazonMskCluster?.MskClusterArn ?? '')?.account
}

/** What works here and not on AWS: the local freedoms of the contract, section 2. Reported by `--strict`. */
export const PORTABILITY_RULES: readonly Rule[] = [
  oneMskCluster,
  apacheNeeds(
    'portable-authentication',
    'ClientAuthentication',
    'Apache Kafka clusters require authentication configuration. Specify the clientAuthentication parameter.',
  ),
  apacheNeeds(
    'portable-encryption',
    'EncryptionInTransit',
    'AWS needs EncryptionInTransit for an Apache Kafka cluster.',
  ),
  oneAccount,
  roleOfSameAccount,
  noSchemaMember,
]
