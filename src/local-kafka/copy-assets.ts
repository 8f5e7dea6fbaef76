import { cp } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

// Run by `npm run build` after tsc, which writes nothing but JavaScript: the files that the code here reads by their
// path beside it, from src/local-kafka to dist/local-kafka.
const SOURCE = new URL('../../src/local-kafka/', import.meta.url)
const TARGET = new URL('./', import.meta.url)
const ASSETS = ['pom.xml', 'log4j.properties', 'log4j2.properties', 'outside-client']

for (const asset of ASSETS) {
  await cp(fileURLToPath(new URL(asset, SOURCE)), fileURLToPath(new URL(asset, TARGET)), { recursive: true })
}
