import { afterAll } from 'vitest'
import type { OutsideClientOptions } from '../../src/local-kafka/outside-client.js'
import { OutsideClient } from '../../src/local-kafka/outside-client.js'

/** Starts an outside client for a whole test file (call it in `beforeAll`) and ends it after the file. */
export async function startOutsideClient(
  bootstrapServers: string,
  options: OutsideClientOptions = {},
): Promise<OutsideClient> {
  const client = await OutsideClient.start(bootstrapServers, options)
  afterAll(() => client.close())
  return client
}
