import { UserError } from '../errors.js'
import type { BrokerProcess } from './broker-process.js'
import type { BrokerSettings } from './broker-settings.js'
import { createDockerBroker } from './docker-broker.js'
import { jarsAreCached } from './jars.js'
import { createKraftBroker } from './java-broker.js'
import { checkJava, checkMaven, dockerAnswers } from './prerequisites.js'
import { createZookeeperBroker } from './zookeeper-broker.js'

/**
 * Prepares a broker as this machine can: with Java where it is there, else with Docker.
 * @throws UserError that names what is missing when there is neither.
 */
export async function createBroker(settings: BrokerSettings): Promise<BrokerProcess> {
  const missing = await missingPrerequisite(settings)
  if (!missing) return settings.version === '2.8.1' ? createZookeeperBroker(settings) : createKraftBroker(settings)
  // The image begins with 3.7. Further listeners would have to be published; only tests and the benchmark want them.
  const isPlain = settings.version !== '2.8.1' && !settings.proxied && !settings.extra
  if (isPlain && (await dockerAnswers())) return createDockerBroker(settings)
  throw missing
}

/** What keeps Java brokers from running here; Maven counts only until the jars are in the cache. */
async function missingPrerequisite(settings: BrokerSettings): Promise<UserError | undefined> {
  try {
    await checkJava()
    if (!(await jarsAreCached(settings.version))) await checkMaven()
    return undefined
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}
