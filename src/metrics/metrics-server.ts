import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { ExitCode, messageOf, UserError } from '../errors.js'
import type { ReplicatorSnapshot } from '../replication/snapshot.js'
import { prometheusText } from './prometheus-text.js'

const HOST = '127.0.0.1'
/** A page elsewhere must not read it through a name that it lets resolve to loopback. */
const ALLOWED_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Serves `/metrics` (Prometheus), `/livez` (the process answers) and `/readyz` (every partition is copied or being
 * copied: 200, otherwise 503 with the reasons), on loopback only.
 */
export class MetricsServer {
  private readonly server: Server
  private snapshots: () => readonly ReplicatorSnapshot[] = () => []

  private constructor() {
    this.server = createServer((request, response) => this.answer(request, response))
    // Shown beside a running replicator: it must not keep the process alive by itself.
    this.server.unref()
  }

  /** Listens on a loopback port; 0 takes a free one. Throws UserError (253) when the port is in use. */
  static listen(port: number): Promise<MetricsServer> {
    const metrics = new MetricsServer()
    return new Promise((resolve, reject) => {
      metrics.server.once('error', error => reject(cannotListen(port, error as NodeJS.ErrnoException)))
      metrics.server.listen(port, HOST, () => resolve(metrics))
    })
  }

  get port(): number {
    const address = this.server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** What is served from now on. */
  show(snapshots: () => readonly ReplicatorSnapshot[]): void {
    this.snapshots = snapshots
  }

  close(): void {
    this.server.close()
    this.server.closeAllConnections()
  }

  private answer({ headers, method, url }: IncomingMessage, response: ServerResponse): void {
    const host = (headers.host ?? '').replace(/:\d+$/, '')
    if (!ALLOWED_HOSTS.has(host)) return send(response, 403, 'only for this machine\n')
    if (method !== 'GET' && method !== 'HEAD') return send(response, 405, 'only GET\n')
    switch (url) {
      case '/metrics':
        return send(response, 200, prometheusText(this.snapshots()), 'text/plain; version=0.0.4; charset=utf-8')
      case '/livez':
        return send(response, 200, 'ok\n')
      case '/readyz': {
        const reasons = this.snapshots().flatMap(notReady)
        return reasons.length === 0 ? send(response, 200, 'ok\n') : send(response, 503, `${reasons.join('\n')}\n`)
      }
      default:
        return send(response, 404, 'there are /metrics, /livez and /readyz\n')
    }
  }
}

/** Why a replicator is not ready; what is not known is never ready. */
function notReady({ replicatorName, state, topics }: ReplicatorSnapshot): string[] {
  if (state !== 'running') return [`${replicatorName}: ${state}`]
  return topics.flatMap(({ sourceTopic, partitions }) =>
    partitions
      .filter(partition => partition.state !== 'copying' && partition.state !== 'caught-up')
      .map(({ partition, state, reason }) => `${sourceTopic}-${partition}: ${state}${reason ? `, ${reason}` : ''}`),
  )
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

function cannotListen(port: number, error: NodeJS.ErrnoException): UserError {
  const why = error.code === 'EADDRINUSE' ? 'it is in use by another process' : messageOf(error)
  return new UserError(`Metrics cannot be served on ${HOST}:${port}: ${why}.`, {
    exitCode: ExitCode.Environment,
    fix: 'Choose another --metrics-port, or end the process that has this one.',
    cause: error,
  })
}
