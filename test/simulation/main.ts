import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { loadCodec } from '../../src/codecs/codecs.js'
import type { Outcome } from './history/outcome.js'
import { runRing } from './history/ring.js'
import { runHistory } from './history/run-history.js'
import { KNOWN_FAULTS } from './known-faults.js'

const USAGE = `npm run simulate -- [options]
  --histories N   how many (default 2000)
  --seconds N     as many as fit into so many seconds
  --from N        the first seed (default 1)
  --seed N        this one alone, twice, with its trace: both must be the same
  --twins         two instances of the replicator at once
  --together      and both start at the same time
  --overlap       and both copy for up to 5 s, until one stands down
  --ring N        N clusters (2, 3 or 4) in a ring under identical names instead: 2 is both ways
  --without A,B   leaves faults out (their names are in history/faults.ts); groups: no consumer groups
  --with A,B      brings back faults that are left out as known (known-faults.ts); \`all\` brings back all
  --held TEXT     also says which seeds end with a partition held for a reason that holds this text
  --failures N    goes on until so many have failed (default 1)
`

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '2000' },
    seconds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    twins: { type: 'boolean', default: false },
    together: { type: 'boolean', default: false },
    ring: { type: 'string' },
    overlap: { type: 'boolean', default: false },
    without: { type: 'string', default: '' },
    with: { type: 'string', default: '' },
    held: { type: 'string' },
    failures: { type: 'string', default: '1' },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const wished = values.with.split(',')
const known = KNOWN_FAULTS.map(({ fault }) => fault).filter(fault => !wished.includes(fault) && !wished.includes('all'))
const { twins, together, overlap } = values
const options = { twins, together, overlap, without: [...values.without.split(','), ...known] }

// What a history would load on its way would come at a moment of the real clock.
for (const codec of ['NONE', 'GZIP'] as const) await loadCodec(codec)

if (values.help) process.stdout.write(USAGE)
else process.exitCode = values.seed === undefined ? await runMany() : await replay(Number(values.seed))

function run(seed: number): Promise<Outcome> {
  return values.ring === undefined
    ? runHistory(seed, options)
    : runRing(seed, Number(values.ring), !options.without.includes('groups'))
}

async function replay(seed: number): Promise<number> {
  const outcomes = [await run(seed), await run(seed)]
  const [first, second] = outcomes.map(digest)
  report(outcomes[0]!)
  process.stdout.write(first === second ? `twice the same: ${first}\n` : `NOT THE SAME: ${first} and ${second}\n`)
  return outcomes[0]!.violation === undefined && first === second ? 0 : 1
}

async function runMany(): Promise<number> {
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  const most = values.seconds === undefined ? Number(values.histories) : Number.POSITIVE_INFINITY
  const failed: Outcome[] = []
  const held = new Map<string, number>()
  let count = 0
  let records = 0
  let virtualMs = 0
  let groupCommits = 0
  for (; count < most && failed.length < Number(values.failures); count++) {
    if (values.seconds !== undefined && seconds() > Number(values.seconds)) break
    const outcome = await run(Number(values.from) + count)
    records += outcome.records
    virtualMs += outcome.virtualMs
    groupCommits += outcome.groupCommits
    for (const reason of outcome.held) {
      if (values.held !== undefined && reason.includes(values.held))
        process.stdout.write(`seed ${outcome.seed} held: ${reason}\n`)
      const kind = reason.replaceAll(/\S*\d\S*/g, '…').slice(0, 110)
      held.set(kind, (held.get(kind) ?? 0) + 1)
    }
    if (outcome.violation !== undefined) {
      failed.push(outcome)
      if (values.quiet || failed.length > 1) process.stdout.write(`seed ${outcome.seed}: ${outcome.violation}\n`)
      else report(outcome)
    }
  }
  const cpuSeconds = process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6
  const rate = (span: number) => Math.round((count / span) * 60)
  process.stdout.write(
    `${count} histories, ${records} records, ${groupCommits} offsets of groups, ${Math.round(virtualMs / 60_000)} virtual minutes in ${seconds().toFixed(1)} s: ${rate(seconds())} a minute, ${rate(cpuSeconds)} a minute of processor time; ${failed.length} failed\n`,
  )
  for (const [reason, times] of [...held].sort((a, b) => b[1] - a[1]))
    process.stdout.write(`  held ${times}: ${reason}\n`)
  return failed.length === 0 ? 0 : 1
}

function report({ seed, trace, violation }: Outcome): void {
  process.stdout.write(`${trace.join('\n')}\n`)
  process.stdout.write(violation === undefined ? `seed ${seed}: all is well\n` : `seed ${seed}: ${violation}\n`)
}

function digest({ trace }: Outcome): string {
  return createHash('sha256').update(trace.join('\n')).digest('hex').slice(0, 16)
}
