import kafkajs, { type EachBatchPayload } from 'kafkajs'
import { compressFrame, decompressFrame } from 'lz4-napi'
import type { PipeRequest } from './kafkajs-pipe.js'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs

/** One batch of a send holds a whole fetch, and a broker takes 1 MiB at most; kafkajs adds some bytes per record. */
const FETCH_BYTES_PER_PARTITION = 600 * 1024

const request = JSON.parse(process.argv[2] ?? '') as PipeRequest
await pipe(request)

async function pipe({ groupId, source, target, topics, partitions, codec }: PipeRequest): Promise<void> {
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compressFrame(buffer),
    decompress: (buffer: Buffer) => decompressFrame(buffer),
  })
  const compression = codec === 'lz4' ? CompressionTypes.LZ4 : CompressionTypes.None
  const [reading, writing] = [source, target].map(broker => new Kafka({ brokers: [broker], logLevel: logLevel.ERROR }))
  const admin = writing!.admin()
  await admin.connect()
  await admin.createTopics({
    topics: topics.map(topic => ({ topic, numPartitions: partitions })),
    waitForLeaders: true,
  })
  await admin.disconnect()
  const producer = writing!.producer()
  const consumer = reading!.consumer({ groupId, maxBytesPerPartition: FETCH_BYTES_PER_PARTITION })
  await producer.connect()
  await consumer.connect()
  await consumer.subscribe({ topics, fromBeginning: true })
  await consumer.run({
    eachBatch: async ({ batch }: EachBatchPayload) => {
      const { topic, partition } = batch
      const messages = batch.messages.map(({ key, value, headers = {}, timestamp }) => {
        return { key, value, headers, timestamp, partition }
      })
      await producer.send({ topic, messages, compression })
    },
  })
}
