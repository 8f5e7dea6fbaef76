import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

/**
 * Ports on 127.0.0.1 that nobody listens on now. All are held open until the last one is found, so they differ.
 * Another process may take one before the broker does; the broker then fails to start and says so in its log.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  try {
    await Promise.all(
      servers.map(
        server =>
          new Promise<void>((resolve, reject) => {
            server.once('error', reject)
            server.listen(0, '127.0.0.1', resolve)
          }),
      ),
    )
    return servers.map(server => (server.address() as AddressInfo).port)
  } finally {
    await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  }
}
