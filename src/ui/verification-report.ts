import { Chalk, type ChalkInstance } from 'chalk'
import Table from 'cli-table3'
import type { Difference, DifferenceKind, RecordSketch } from '../verification/differences.js'
import type {
  PartitionVerification,
  TopicVerification,
  Verdict,
  VerificationResult,
} from '../verification/verification-result.js'
import { byteRate, grouped } from './format-number.js'
import { plainLine } from './plain-text.js'
import { recordedGapTexts } from './recorded-gaps-text.js'

/** What verify found: a table of topics, the first differences, one line of verdict. */
export function verificationReport(result: VerificationResult, look: { color: boolean; unicode: boolean }): string {
  const chalk = new Chalk({ level: look.color ? 1 : 0 })
  const lines: string[] = []
  if (result.topics.length > 0) lines.push(topicTable(result.topics, chalk), '')
  const findings = [
    ...unregistered(result),
    ...topicsLeftOut(result),
    ...result.topics.flatMap(topic => findingsOf(topic)),
  ]
  if (findings.length > 0) lines.push(...findings, '')
  lines.push(paint(chalk, result.verdict)(verdictLine(result)))
  return `${lines.join('\n')}\n`
}

function unregistered({ unregisteredProducers, target }: VerificationResult): string[] {
  if (unregisteredProducers.length === 0) return []
  const ids = unregisteredProducers.join(', ')
  const way = 'start the replicator once with --repair-provenance'
  return [
    plainLine(
      `not registered on ${target}: what was written under producer id ${ids} could be copied on in a circle; ${way}`,
    ),
  ]
}

const TOPICS_SHOWN = 5

function topicsLeftOut({ topicsFromTarget, source, target }: VerificationResult): string[] {
  const count = topicsFromTarget.length
  if (count === 0) return []
  const names = topicsFromTarget.slice(0, TOPICS_SHOWN).join(', ') + (count > TOPICS_SHOWN ? ', …' : '')
  return [plainLine(`left out: ${counted(count, 'topic')} on ${source} with copies from ${target}: ${names}`)]
}

function topicTable(topics: readonly TopicVerification[], chalk: ChalkInstance): string {
  const blank = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' } as const
  const sides = { 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '' } as const
  const table = new Table({
    head: ['TOPIC', 'PARTITIONS', 'SOURCE', 'TARGET', 'BYTES', 'RESULT'].map(title => chalk.bold(title)),
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left'],
    chars: { ...blank, ...sides, right: '', 'right-mid': '', middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  for (const topic of topics) {
    const sum = (field: 'sourceRecords' | 'targetRecords' | 'sourceBytes') => total(topic.partitions, field)
    table.push([
      plainLine(
        topic.sourceTopic === topic.targetTopic ? topic.sourceTopic : `${topic.sourceTopic} → ${topic.targetTopic}`,
      ),
      grouped(topic.partitions.length),
      grouped(sum('sourceRecords')),
      grouped(sum('targetRecords')),
      byteSize(sum('sourceBytes')),
      paint(chalk, topic.verdict)(RESULT[topic.verdict]),
    ])
  }
  const lines = table.toString().split('\n')
  return lines.map(line => line.trimEnd()).join('\n')
}

function byteSize(bytes: number | null): string {
  return byteRate(bytes).replace('/s', '')
}

const RESULT: Readonly<Record<Verdict, string>> = {
  equal: 'equal',
  behind: 'not all copied yet',
  different: 'DIFFERENT',
  unread: 'could not be read',
}

/** Unknown where any partition was not read. */
function total(
  partitions: readonly PartitionVerification[],
  field: 'sourceRecords' | 'targetRecords' | 'sourceBytes',
): number | null {
  if (partitions.length === 0) return null
  return partitions.reduce<number | null>(
    (sum, { comparison }) => (sum === null || comparison === undefined ? null : sum + comparison[field]),
    0,
  )
}

function findingsOf(topic: TopicVerification): string[] {
  const lines: string[] = []
  if (topic.problem !== undefined) lines.push(plainLine(`${topic.sourceTopic}: ${topic.problem}`))
  for (const partition of topic.partitions) {
    const name = `${topic.sourceTopic}-${partition.partition}`
    for (const text of partitionFindings(partition)) lines.push(plainLine(`${name}: ${text}`))
  }
  return lines
}

function partitionFindings(partition: PartitionVerification): string[] {
  const { problem, comparison, foreignRecords, cameFromTarget, notices } = partition
  const texts = problem === undefined ? [] : [problem]
  if (comparison !== undefined) {
    texts.push(...comparison.differences.map(describe))
    const counted = Object.values(comparison.counts).reduce((sum, count) => sum + count, 0)
    const hidden = counted - comparison.differences.length
    if (hidden > 0) texts.push(`and ${grouped(hidden)} more differences`)
    if (comparison.notCopiedYet > 0) texts.push(`not copied yet: ${grouped(comparison.notCopiedYet)} records`)
  }
  texts.push(...recordedGapTexts(partition))
  if (cameFromTarget > 0) texts.push(`left out: ${counted(cameFromTarget, 'record')} that came from the target`)
  if (foreignRecords > 0) texts.push(`not ours: ${counted(foreignRecords, 'record')} by other producers on the target`)
  return [...texts, ...notices]
}

function describe({ kind, source, target, fields }: Difference): string {
  switch (kind) {
    case 'infidelity':
      return `infidelity: ${fields.join(' and ')} of ${sketch('source', source)} and ${sketch('target', target)} differ`
    case 'order':
      return `order: ${sketch('source', source)} is at another place, ${sketch('target', target)}`
    case 'duplicate':
      return `duplicate: ${sketch('target', target)} is there more than once`
    case 'phantom':
      return `phantom: ${sketch('target', target)} is not on the source`
    case 'lost-write':
      return `lost-write: ${sketch('source', source)} is not on the target`
    case 'expired-on-target':
      return `expired-on-target: ${sketch('source', source)} is no longer on the target`
    case 'loop':
      return `loop: ${sketch('target', target)} came from the target and was copied back`
    case 'not-left-out':
      return `not-left-out: ${sketch('target', target)} is there, though recorded as left out`
  }
}

function sketch(side: 'source' | 'target', record: RecordSketch | undefined): string {
  if (record === undefined) return side
  const { offset, keyBytes, valueBytes, headers, timestamp, hash } = record
  const facts = [
    `key ${sizeOf(keyBytes)}`,
    `value ${sizeOf(valueBytes)}`,
    `${headers} headers`,
    timeOf(timestamp),
    `hash ${hash}`,
  ]
  return `${side} offset ${offset} (${facts.join(', ')})`
}

function sizeOf(bytes: number | null): string {
  return bytes === null ? 'null' : `${bytes} B`
}

/** A producer may write any number as a time. */
function timeOf(timestamp: number): string {
  const date = new Date(timestamp)
  return Number.isNaN(date.getTime()) ? `time ${timestamp}` : date.toISOString()
}

function verdictLine(result: VerificationResult): string {
  const partitions = result.topics.flatMap(topic => topic.partitions)
  const time = `(${result.seconds.toFixed(1)} s)`
  const records = `${grouped(result.recordsEqual)} records`
  if (result.topics.length === 0)
    return `nothing was compared: no topic on ${plainLine(result.source)} is selected ${time}`
  const left = partitions.reduce((sum, { recordedRecords }) => sum + recordedRecords, 0)
  const but = left > 0 ? `; ${counted(left, 'record')} left out, recorded` : ''
  const scope = `${counted(partitions.length, 'partition')} of ${counted(result.topics.length, 'topic')}`
  switch (result.verdict) {
    case 'equal':
      return `equal: ${records} in ${scope}, in order, byte for byte, once${but} ${time}`
    case 'behind':
      return `not equal yet: ${behind(partitions)}; the ${records} copied so far are equal${but} ${time}`
    case 'different':
      return `not equal: ${differences(result, partitions)}; ${records} are equal${but} ${time}`
    case 'unread':
      return `not proven: ${counted(partitions.filter(({ verdict }) => verdict === 'unread').length, 'partition')} could not be read ${time}`
  }
}

function behind(partitions: readonly PartitionVerification[]): string {
  const missing = partitions.reduce((sum, { comparison }) => sum + (comparison?.notCopiedYet ?? 0), 0)
  const begun = partitions.filter(({ comparison }) => comparison === undefined).length
  const texts = missing > 0 ? [`${counted(missing, 'record')} to copy`] : []
  if (begun > 0) texts.push(`${counted(begun, 'partition')} not begun`)
  return texts.join(', ')
}

function differences(result: VerificationResult, partitions: readonly PartitionVerification[]): string {
  const counts = new Map<DifferenceKind, number>()
  for (const { comparison } of partitions) {
    for (const [kind, count] of Object.entries(comparison?.counts ?? {}) as [DifferenceKind, number][]) {
      counts.set(kind, (counts.get(kind) ?? 0) + count)
    }
  }
  const texts = [...counts].flatMap(([kind, count]) => {
    return count > 0 ? [`${grouped(count)} ${kind}`] : []
  })
  const ids = result.unregisteredProducers.length
  if (ids > 0) texts.push(`${counted(ids, 'producer id')} not registered`)
  const topics = result.topics.filter(({ problem }) => problem !== undefined).length
  if (topics > 0) texts.push(`${counted(topics, 'topic')} not as it should be`)
  const damaged = partitions.filter(({ verdict, problem }) => verdict === 'different' && problem !== undefined).length
  if (damaged > 0) texts.push(`${counted(damaged, 'partition')} not as it should be`)
  return texts.join(', ')
}

function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

function paint(chalk: ChalkInstance, verdict: Verdict): (text: string) => string {
  switch (verdict) {
    case 'equal':
      return chalk.green
    case 'different':
      return chalk.bold.red
    default:
      return chalk.yellow
  }
}
