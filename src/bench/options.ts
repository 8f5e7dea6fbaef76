import { parseArgs } from 'node:util'
import { ExitCode, UserError } from '../errors.js'
import { CODECS, type Codec } from './contestants/contestant.js'
import { GROUP_PARTS, type GroupPart } from './groups/measure-groups.js'

export interface BenchOptions {
  /** Bytes of record values in each backlog. */
  sizeBytes: number
  codecs: Codec[]
  /** Empty means all. */
  only: string[]
  rounds: number
  latencySeconds: number
  /** Of the producer that makes the backlog. */
  batchBytes: number
  /** Where the JSON goes; undefined is bench-results/<time>.json. */
  json: string | undefined
  markdown: boolean
  /** Instead of the rest: one-record batches over a link of 100 ms there and back. */
  farLink: boolean
  /** Write CPU profiles of our process into this folder. It runs a little slower then. */
  cpuProfileFolder: string | undefined
  /** Not the comparison, but how ours bears many topics. */
  manyTopics: boolean
  /** Instead of the rest: how exact, how fresh and how dear the offsets of consumer groups are. */
  groups: boolean
  groupParts: GroupPart[]
  /** Of the topics on which groups stand half way. */
  groupRecords: number[]
}

export const HELP = `Usage: npm run bench -- [options]

Copies the same backlog between the same two brokers with each contestant in turn and compares them.

  --size 512MiB          bytes of records in the backlog (default 512MiB)
  --only ours,mm2,…      of ours, mm2-defaults, mm2-tuned, kafkajs-pipe, tcp-relay (a beginning selects all that have it)
  --codecs none,lz4      default both
  --rounds 1             repetitions, with the contestants interleaved; the table shows medians
  --latency-seconds 10   per contestant and codec; 0 leaves the latency out
  --batch-bytes 16384    batch.size of the producer that makes the backlog (default: Kafka's own)
  --json FILE            default bench-results/<time>.json
  --markdown             print the tables for the README
  --far-link             instead: ours and mm2-defaults, one-record batches, the target 100 ms away (there and back)
  --cpu-profile FOLDER   write CPU profiles of our process

Usage: npm run bench -- --many-topics [--cpu-profile FOLDER] [--json FILE]

Runs ours alone with 2,000 topics of 5 partitions each: how long it takes until all are copied, and what it costs to
have them while nothing happens.

Usage: npm run bench -- --groups [--parts freshness,…] [--records 500000,…] [--only ours,mm2] [--cpu-profile FOLDER] [--json FILE]

Offsets of consumer groups: how many records a group in the middle of a topic reads again on the target, with ours and
with MirrorMaker 2 (read-again); how long a commit takes to the target (freshness); what 1,000 groups on 10 topics cost
(many-groups). The last two are ours alone, and want a machine that does nothing else.

  --parts read-again,freshness,many-groups   default all
  --records 500000                           of the topics in read-again (default 500000,1000000)
`

const UNITS: Record<string, number> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 }

/** @returns undefined when only help was asked for. @throws UserError */
export function parseOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values } = readArguments(argv)
  if (values.help) return undefined
  return {
    sizeBytes: parseSize(values.size),
    codecs: parseCodecs(values.codecs),
    only: list(values.only),
    rounds: whole('--rounds', values.rounds, 1),
    latencySeconds: whole('--latency-seconds', values['latency-seconds'], 0),
    batchBytes: whole('--batch-bytes', values['batch-bytes'], 1),
    json: values.json,
    markdown: values.markdown,
    farLink: values['far-link'],
    cpuProfileFolder: values['cpu-profile'],
    manyTopics: values['many-topics'],
    groups: values.groups,
    groupParts: parseParts(values.parts),
    groupRecords: list(values.records).map(text => whole('--records', text, 2)),
  }
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        size: { type: 'string', default: '512MiB' },
        codecs: { type: 'string', default: CODECS.join(',') },
        only: { type: 'string', default: '' },
        rounds: { type: 'string', default: '1' },
        'latency-seconds': { type: 'string', default: '10' },
        'batch-bytes': { type: 'string', default: '16384' },
        json: { type: 'string' },
        markdown: { type: 'boolean', default: false },
        'far-link': { type: 'boolean', default: false },
        'cpu-profile': { type: 'string' },
        'many-topics': { type: 'boolean', default: false },
        groups: { type: 'boolean', default: false },
        parts: { type: 'string', default: GROUP_PARTS.join(',') },
        records: { type: 'string', default: '500000,1000000' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw usage((error as Error).message)
  }
}

/** `512MiB`, `1GB`: a whole number and a unit. */
export function parseSize(text: string): number {
  const [, count, unit = ''] = /^(\d+)(MB|GB|MiB|GiB)$/.exec(text) ?? []
  if (count === undefined || Number(count) === 0) throw usage(`--size ${text} is not a size such as 512MiB or 1GB.`)
  return Number(count) * UNITS[unit]!
}

function parseCodecs(text: string): Codec[] {
  const given = list(text)
  const unknown = given.find(name => !CODECS.includes(name as Codec))
  if (unknown !== undefined || given.length === 0) throw usage(`--codecs takes ${CODECS.join(' and ')}.`)
  return given as Codec[]
}

function parseParts(text: string): GroupPart[] {
  const given = list(text)
  const unknown = given.find(name => !GROUP_PARTS.includes(name as GroupPart))
  if (unknown !== undefined || given.length === 0) throw usage(`--parts takes ${GROUP_PARTS.join(', ')}.`)
  return given as GroupPart[]
}

function whole(option: string, text: string, least: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least) throw usage(`${option} takes a whole number from ${least} on.`)
  return value
}

function list(text: string): string[] {
  return text.split(',').filter(part => part !== '')
}

function usage(message: string): UserError {
  return new UserError(message, { exitCode: ExitCode.Usage, fix: 'See: npm run bench -- --help' })
}
