/** `unknown` is what could not be asked: it is never taken for good, and alone it is no error. */
export type Severity = 'ok' | 'warning' | 'error' | 'unknown'

/** The groups of checks, in the order in which they are shown: each may explain what comes behind it. */
export const AREAS = [
  'brokers',
  'certificates',
  'clusters',
  'versions',
  'rights',
  'topics',
  'groups',
  'quotas',
  'clocks',
  'retention',
] as const
export type Area = (typeof AREAS)[number]

/** One thing that was looked at. */
export interface Finding {
  area: Area
  severity: Severity
  /** The cluster it is about. */
  side: 'source' | 'target' | 'both'
  /** What was found, a sentence. */
  what: string
  /** Why it matters; null where nothing is to be done. */
  why: string | null
  /** What mends it, a command where there is one; null as above. */
  fix: string | null
}

/** All that was looked at. It is what `--output json` shows. */
export interface DoctorReport {
  replicatorName: string
  /** ISO 8601, UTC. */
  at: string
  source: { alias: string; clusterId: string | null }
  target: { alias: string; clusterId: string | null }
  counts: Record<Severity, number>
  findings: Finding[]
}

/** Makes the findings of one check, so that each says only what is its own. */
export function findingsOf(area: Area, side: Finding['side']) {
  const trouble = (severity: Severity) => (what: string, why: string, fix: string) => {
    return { area, severity, side, what, why, fix } satisfies Finding
  }
  return {
    ok: (what: string): Finding => ({ area, severity: 'ok', side, what, why: null, fix: null }),
    warning: trouble('warning'),
    error: trouble('error'),
    unknown: trouble('unknown'),
  }
}

/** How many of each severity there are. */
export function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const counts = { ok: 0, warning: 0, error: 0, unknown: 0 }
  for (const { severity } of findings) counts[severity]++
  return counts
}

/** Names for a sentence: all of a few, the first of many. */
export function listed(names: readonly string[], most = 5): string {
  const rest = names.length - most
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ')
}

/** `1 topic`, `2 topics`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
