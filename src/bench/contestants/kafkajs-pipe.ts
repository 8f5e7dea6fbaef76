import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EndOffsets } from '../measure/end-offsets.js'
import type { Contestant } from './contestant.js'
import { ContestantProcess } from './contestant-process.js'
import { kafkaRunning } from './kafka-running.js'

/** The built one, also when this file runs from src/ in a test. */
const SCRIPT = fileURLToPath(new URL('../../../dist/bench/contestants/kafkajs-pipe-process.js', import.meta.url))

/** What anybody would write first: consume a batch, send its messages. */
export function kafkajsPipe(targetOffsets: EndOffsets): Contestant {
  return {
    name: 'kafkajs-pipe',
    settings:
      'kafkajs 2.2.4, eachBatch then producer.send, fetches of 600 KiB per partition (larger ones make batches that the target refuses); lz4 by lz4-napi',
    movesRecords: true,
    start: async job => {
      const request = {
        groupId: job.id,
        source: job.source.bootstrapServers,
        target: job.target.bootstrapServers,
        topics: [job.backlog.topic, job.liveTopic],
        partitions: job.backlog.partitions,
        codec: job.codec,
      } satisfies PipeRequest
      const pipe = await ContestantProcess.start({
        command: process.execPath,
        args: [SCRIPT, JSON.stringify(request)],
        logFile: join(job.folder, 'kafkajs-pipe.log'),
        env: { KAFKAJS_NO_PARTITIONER_WARNING: '1' },
      })
      return kafkaRunning(pipe, job, targetOffsets)
    },
  }
}

/** The only argument of the pipe's process, as JSON. */
export interface PipeRequest {
  groupId: string
  source: string
  target: string
  topics: string[]
  partitions: number
  codec: 'none' | 'lz4'
}
