import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, vi } from 'vitest'
import { kafkaJars } from '../../src/local-kafka/jars.js'
import type { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { allow, GUIDE_RIGHTS } from '../support/kafka-rights.js'
import { SecuredConnections } from '../support/secured-connections.js'
import { makeTrust, startSecuredKafka } from '../support/secured-kafka.js'
import { startReplicator } from '../support/start-replicator.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { thoroughTest } from '../support/thorough.js'
import type { TwoClusters } from '../support/two-clusters.js'

const VALIDATOR = fileURLToPath(new URL('../support/java/IamTokens.java', import.meta.url))

thoroughTest(
  'records cross with the IAM login of MSK, where brokers read who comes from its token',
  async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
    const folder = await temporaryFolder()
    const trust = await makeTrust()
    const classes = await compiled(folder)
    const config = { 'listener.name.oauth.oauthbearer.sasl.server.callback.handler.class': 'IamTokens' }
    const start = (name: string) => startSecuredKafka(name, trust, config, [classes])
    const [source, target] = (await Promise.all(['source', 'target'].map(start))) as [LocalKafka, LocalKafka]
    for (const kafka of [source, target]) await allow(kafka, 'User:AKIDEXAMPLE', GUIDE_RIGHTS)
    await source.createTopic('orders', 1)
    await source.produce('orders', [{ value: 'a' }, { value: 'b' }])

    const connections = new SecuredConnections(folder)
    const RootCaCertificate = await connections.secret('ca', { certificate: trust.authority.certificate })
    const asked = {
      ClientAuthentication: { SaslIam: { Region: 'us-east-1' } },
      EncryptionInTransit: { EncryptionType: 'TLS', RootCaCertificate },
    } as const
    const engine = await startReplicator({ source: { kafka: source }, target: { kafka: target } } as TwoClusters, {
      topics: 'orders',
      source: await connections.to(source, 'oauth', asked),
      target: await connections.to(target, 'oauth', asked),
    })
    await engine.until('both are copied', () => engine.recordsCopied === 2)
    expect((await target.read('orders')).map(({ value }) => `${value}`)).toEqual(['a', 'b'])
    vi.unstubAllEnvs()
  },
  120_000,
)

async function compiled(folder: string): Promise<string> {
  const jars = await kafkaJars('4.2.0', {})
  const names = (await readdir(jars.folder)).filter(name => name.endsWith('.jar'))
  const classPath = names.map(name => path.join(jars.folder, name)).join(path.delimiter)
  const classes = path.join(folder, 'classes')
  const compiler = ['--module', 'jdk.compiler/com.sun.tools.javac.Main']
  await promisify(execFile)('java', [...compiler, '--release', '17', '-d', classes, '-cp', classPath, VALIDATOR])
  return classes
}
