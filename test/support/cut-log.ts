import { readdir, readFile, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalKafka } from '../../src/local-kafka/local-kafka.js'

/** What is left of a topic's log is the batches before `end`; the broker must be down. */
export async function cutLog({ dataDir }: LocalKafka, topic: string, end: number): Promise<void> {
  const folder = join(dataDir as string, `${topic}-0`)
  const log = join(folder, '00000000000000000000.log')
  const bytes = await readFile(log)
  let position = 0
  while (position < bytes.length && Number(bytes.readBigInt64BE(position)) < end) {
    position += 12 + bytes.readInt32BE(position + 8)
  }
  await truncate(log, position)
  const made = (await readdir(folder)).filter(file => /\.(index|timeindex|txnindex|snapshot)$/.test(file))
  for (const file of made) await rm(join(folder, file))
  await rm(join(dataDir as string, '.kafka_cleanshutdown'), { force: true })
}
