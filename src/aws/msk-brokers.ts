import { ExitCode, UserError } from '../errors.js'
import { awsError } from './aws-error.js'
import { clientSettings, type Environment, regionOfArn } from './client-settings.js'
import { loadSdk } from './load-sdk.js'

const PACKAGE = '@aws-sdk/client-kafka'

/** How a client logs in to an MSK cluster: each way has a listener of its own. */
export type MskListener = 'plaintext' | 'tls' | 'scram' | 'iam'

/** Members of GetBootstrapBrokers' answer: within the VPC first, then as other networks reach it. */
const MEMBERS = {
  plaintext: ['BootstrapBrokerString', 'BootstrapBrokerStringIpv6'],
  tls: [
    'BootstrapBrokerStringTls',
    'BootstrapBrokerStringTlsIpv6',
    'BootstrapBrokerStringVpcConnectivityTls',
    'BootstrapBrokerStringPublicTls',
  ],
  scram: [
    'BootstrapBrokerStringSaslScram',
    'BootstrapBrokerStringSaslScramIpv6',
    'BootstrapBrokerStringVpcConnectivitySaslScram',
    'BootstrapBrokerStringPublicSaslScram',
  ],
  iam: [
    'BootstrapBrokerStringSaslIam',
    'BootstrapBrokerStringSaslIamIpv6',
    'BootstrapBrokerStringVpcConnectivitySaslIam',
    'BootstrapBrokerStringPublicSaslIam',
  ],
} as const

/**
 * The bootstrap string of an MSK cluster for one way to log in, asked with GetBootstrapBrokers in the region of its ARN.
 * Throws UserError when AWS refuses, or when the cluster has no such listener: then it names those it has.
 */
export async function mskBrokers(arn: string, listener: MskListener, env: Environment): Promise<string> {
  const { KafkaClient, GetBootstrapBrokersCommand } = await loadSdk(PACKAGE, () => import('@aws-sdk/client-kafka'))
  const client = new KafkaClient(clientSettings('KAFKA', env, regionOfArn(arn)))
  try {
    const answer = await client.send(new GetBootstrapBrokersCommand({ ClusterArn: arn }))
    const found = (kind: MskListener) => MEMBERS[kind].map(member => answer[member]).find(text => text)
    const brokers = found(listener)
    if (brokers !== undefined) return brokers
    const others = (Object.keys(MEMBERS) as MskListener[]).filter(kind => found(kind) !== undefined)
    throw new UserError(
      `The MSK cluster ${arn} has no listener for ${listener}; it has ${others.join(', ') || 'none'}.`,
      {
        exitCode: ExitCode.Service,
        fix: 'Turn it on in the cluster, or log in another way (ClientAuthentication, EncryptionInTransit).',
      },
    )
  } catch (error) {
    throw awsError(`The brokers of the MSK cluster ${arn} cannot be asked for (GetBootstrapBrokers)`, error, {
      NotFoundException: 'Is MskClusterArn right, and of this account? Or name the brokers in --connections.',
    })
  } finally {
    client.destroy()
  }
}
