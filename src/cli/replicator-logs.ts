import { parseMskClusterArn, targetReference } from '../config/cluster-references.js'
import type { CreateReplicatorRequest } from '../config/types.js'
import type { EventListener, ReplicationEvent } from '../events.js'
import type { LogDelivery } from '../log-delivery/log-delivery.js'
import type { LogSinkSnapshot } from '../replication/snapshot.js'
import type { Shell } from './shell.js'

/** Opens what a request asks for; undefined where it asks for nothing. */
export type OpenDelivery = (request: CreateReplicatorRequest) => Promise<LogDelivery | undefined>

/** Where the logs of one replicator go, while it runs: an update may send them elsewhere. */
export class ReplicatorLogs {
  private readonly open: OpenDelivery
  private readonly tell: EventListener
  private current: LogDelivery | undefined
  /** Those that are sending what they still have. */
  private readonly leaving = new Set<LogDelivery>()
  /** What those that are closed had counted. */
  private past: LogSinkSnapshot[] = []

  /** `tell` hears what `reopen` has done. */
  constructor(open: OpenDelivery, tell: EventListener) {
    this.open = open
    this.tell = tell
  }

  /** Opens what the request of the start asks for. Throws UserError when a package of the AWS SDK is missing. */
  async begin(request: CreateReplicatorRequest | undefined): Promise<void> {
    if (request !== undefined) this.current = await this.open(request)
  }

  /** Takes one event; never waits, never throws. */
  record(event: ReplicationEvent): void {
    this.current?.record(event)
  }

  /**
   * Sends all from now on where the request says. What the former sinks have not sent by then they send yet, for 5 s at
   * most; the rest is counted as dropped. Throws as `begin` does: then all stays as it was.
   */
  async reopen(request: CreateReplicatorRequest): Promise<void> {
    const next = await this.open(request)
    const former = this.current
    this.current = next
    const lost = former === undefined ? 0 : await this.leave(former)
    const names = next?.snapshot().map(({ sink }) => sink) ?? []
    const where =
      names.length === 0 ? 'logs are delivered nowhere from now on' : `logs go to ${names.join(', ')} from now on`
    const loss = lost === 0 ? '' : `; ${lost} records that the former destinations did not take were dropped`
    const event: ReplicationEvent = {
      code: 'log-delivery-changed',
      level: lost === 0 ? 'info' : 'warn',
      message: where + loss,
      data: { sinks: names.join(','), dropped: lost },
    }
    this.tell(event)
    this.record(event)
  }

  /** One line for each destination that there is or was; counts since the start of this process. */
  snapshot(): LogSinkSnapshot[] {
    const open = [...this.leaving, this.current].flatMap(delivery => delivery?.snapshot() ?? [])
    return addUp([...this.past, ...open])
  }

  /** Sends what waits, for 5 s at most. */
  async close(): Promise<void> {
    await this.current?.close()
  }

  /** How many records it has dropped in its last moments. */
  private async leave(delivery: LogDelivery): Promise<number> {
    const before = droppedBy(delivery)
    this.leaving.add(delivery)
    await delivery.close()
    this.leaving.delete(delivery)
    // What it could not do is no trouble of those that are open now.
    this.past = addUp([...this.past, ...delivery.snapshot().map(sink => ({ ...sink, error: undefined }))])
    return droppedBy(delivery) - before
  }
}

/** Opens log delivery by the AWS SDK. `tell` hears when a sink begins to fail. */
export function deliveryWith(shell: Shell, tell: EventListener): OpenDelivery {
  return async request => {
    if (request.LogDelivery?.ReplicatorLogDelivery === undefined) return undefined
    const { LogDelivery } = await import('../log-delivery/log-delivery.js')
    const region = targetRegion(request)
    const { clock, env } = shell
    return await LogDelivery.open(request.LogDelivery, {
      replicatorName: request.ReplicatorName,
      ...{ clock, env, region, tell },
    })
  }
}

/** MSK delivers logs and metrics in the target's region; an Apache cluster has none. */
export function targetRegion(request: CreateReplicatorRequest | undefined): string | undefined {
  const flow = request?.ReplicationInfoList[0]
  const reference = flow === undefined ? undefined : targetReference(flow)
  return reference === undefined ? undefined : parseMskClusterArn(reference)?.region
}

function droppedBy(delivery: LogDelivery): number {
  return delivery.snapshot().reduce((sum, { dropped }) => sum + dropped, 0)
}

/** Counts of the same kind of destination together; the error is that of the last. */
function addUp(sinks: readonly LogSinkSnapshot[]): LogSinkSnapshot[] {
  const sums = new Map<LogSinkSnapshot['sink'], LogSinkSnapshot>()
  for (const { sink, delivered, dropped, waiting, error } of sinks) {
    const sum = sums.get(sink) ?? { sink, delivered: 0, dropped: 0, waiting: 0, error: undefined }
    const counts = {
      delivered: sum.delivered + delivered,
      dropped: sum.dropped + dropped,
      waiting: sum.waiting + waiting,
    }
    sums.set(sink, { sink, ...counts, error })
  }
  return [...sums.values()]
}
