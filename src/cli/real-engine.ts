import { examine } from '../doctor/doctor.js'
import { HEARTBEAT_FRESH_MS } from '../registry/state.js'
import { preflight } from '../replication/preflight.js'
import { StoredStatusReader } from '../replication/read-stored-status.js'
import { Replicator } from '../replication/replicator.js'
import { forgetState, readStatus } from '../replication/stored-state.js'
import type { Engine } from './engine.js'

/** The engine of this package. Loads the Kafka client: import it only when there is something to run or to ask. */
export const realEngine: Engine = {
  create: options => new Replicator(options),
  preflight,
  examine,
  readStatus,
  openStatus: (options, clock) => new StoredStatusReader(options, HEARTBEAT_FRESH_MS, clock),
  forgetState,
}
