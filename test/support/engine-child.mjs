// The engine alone in a process; see engine-process.ts. It ends when its parent does.
import process from 'node:process'
import { Replicator } from '../../dist/replication/replicator.js'

const REPORT_INTERVAL_MS = 20

const replicator = new Replicator(JSON.parse(process.argv[2] ?? ''))
process.on('disconnect', () => process.exit())
await replicator.start()
setInterval(() => {
  const { recordsCopied } = replicator.snapshot()
  process.send?.({ recordsCopied, rssBytes: process.memoryUsage.rss() })
}, REPORT_INTERVAL_MS)
