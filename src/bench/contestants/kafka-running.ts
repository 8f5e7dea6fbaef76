import type { EndOffsets } from '../measure/end-offsets.js'
import type { Job, Running } from './contestant.js'
import type { ContestantProcess } from './contestant-process.js'

/** A contestant that is one process between the two brokers, its progress read from the target's end offsets. */
export function kafkaRunning(process: ContestantProcess, job: Job, targetOffsets: EndOffsets): Running {
  const { topic, partitions } = job.backlog
  return {
    pid: process.pid,
    neighbours: { source: job.source.pid, target: job.target.pid },
    recordsOnTarget: async () => (await targetOffsets.sum(topic, partitions)) ?? 0,
    endedBecause: () => process.endedBecause(),
    stop: () => process.stop(),
  }
}
