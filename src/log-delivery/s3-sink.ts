import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { ClientSettings } from '../aws/client-settings.js'
import type { LogLine, Sink, SinkLimits } from './sink.js'

const compress = promisify(gzip)

/** Each object costs a request: what comes within a minute goes together, up to 4 MiB before compression. */
const LIMITS: SinkLimits = { records: 10_000, bytes: 4 << 20, overhead: 1, recordBytes: 256_000, lingerMs: 60_000 }

/** Objects of gzipped JSON lines: `<prefix>/<replicator>/YYYY/MM/DD/HH/<time>-<stream>-<n>.json.gz`, in UTC, by the time of the first record. */
export class S3Sink implements Sink {
  readonly name = 'S3'
  readonly limits = LIMITS
  private readonly client: S3Client
  private readonly bucket: string
  private readonly names: ObjectNames
  private objects = 0
  private first: LogLine | undefined

  constructor(settings: ClientSettings, bucket: string, names: ObjectNames) {
    // An endpoint of one's own seldom has a host name for each bucket; a bucket may lie in another region.
    this.client = new S3Client({
      ...settings,
      forcePathStyle: settings.endpoint !== undefined,
      followRegionRedirects: true,
    })
    this.bucket = bucket
    this.names = names
  }

  async send(lines: readonly LogLine[]): Promise<LogLine[]> {
    const Body = await compress(lines.map(({ text }) => `${text}\n`).join(''))
    // The same lines get the same name when they are sent again, so that an answer that was lost doubles nothing.
    if (this.first !== lines[0]) this.objects++
    this.first = lines[0]
    const Key = objectName(this.names, lines[0]!.at, this.objects)
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key, Body, ContentType: 'application/gzip' }))
    return []
  }

  close(): void {
    this.client.destroy()
  }
}

/** Where objects lie, and the part of their names that no two processes share. */
export interface ObjectNames {
  prefix: string
  replicatorName: string
  stream: string
}

function objectName({ prefix, replicatorName, stream }: ObjectNames, at: number, number: number): string {
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  const [day, time] = new Date(at).toISOString().split('T') as [string, string]
  const hour = `${day.replaceAll('-', '/')}/${time.slice(0, 2)}`
  return `${folder}${replicatorName}/${hour}/${time.slice(0, 8).replaceAll(':', '')}Z-${stream}-${number}.json.gz`
}
