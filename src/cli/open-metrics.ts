import type { MetricsServer } from '../metrics/metrics-server.js'
import { UsageError } from './errors.js'

/**
 * Serves metrics where a port is given. Throws UsageError for what is no port, UserError (253) for one in use: before
 * anything is registered or started.
 */
export async function openMetrics(port: string | undefined): Promise<MetricsServer | undefined> {
  if (port === undefined) return undefined
  const number = Number(port)
  if (!/^\d+$/.test(port) || number > 65_535) {
    throw new UsageError(`argument --metrics-port: "${port}" is not a port, which is a number from 0 to 65535`)
  }
  const { MetricsServer } = await import('../metrics/metrics-server.js')
  return await MetricsServer.listen(number)
}
