#!/usr/bin/env node
// The shell starts here; everything else is compiled from src/ into dist/ by `npm ci` (or `npm run build`).
import { existsSync } from 'node:fs'

const main = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(main)) {
  const { runMain } = await import(main.href)
  await runMain(process.argv.slice(2))
} else {
  process.stderr.write('\nkafka-replicator: [ERROR]: it is not built yet. Run `npm run build` in its folder.\n')
  process.exitCode = 255
}
