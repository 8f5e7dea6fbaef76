import { RE2JS, RE2Set } from 're2js'
import { ExitCode, messageOf, UserError } from '../errors.js'
import { type JavaPattern, translateJavaPattern } from './java-pattern.js'

/** AWS takes at most this many patterns per list (CloudFormation's bound). */
export const MAX_PATTERNS = 100
/** The longest topic name Kafka takes, and AWS's bound for a topic pattern. */
export const MAX_TOPIC_PATTERN_LENGTH = 249
/** AWS's bound for a pattern of consumer groups. */
export const MAX_GROUP_PATTERN_LENGTH = 256

/**
 * Where a runbook writes a record to see that it arrives. Every replicator copies it from a source that has it, whatever its
 * patterns, starting position and DetectAndCopyNewTopics say, as MirrorMaker 2 does with its `heartbeats`.
 */
export const HEARTBEAT_TOPIC = '__kafka_replicator_heartbeats'

/** Decides which topics or groups are replicated. */
export interface NameFilter {
  /** Whether the name is selected: included, not excluded. Takes time linear in the name. */
  matches(name: string): boolean
}

/** The answer about one pattern. `note` is for a pattern that works but may not mean what its author thinks. */
export type PatternCheck =
  | { ok: true; note?: { reason: string; suggestion: string } }
  | { ok: false; reason: string; suggestion: string }

/**
 * Makes the filter of a replicator: each pattern must match the whole name, excludes win over includes, and of internal
 * topics only heartbeats are selected, and always. Throws a UserError that names the first pattern that cannot be used.
 */
export function compilePatterns(include: readonly string[], exclude: readonly string[]): NameFilter {
  const { matches } = compileLists(include, exclude, MAX_TOPIC_PATTERN_LENGTH)
  return { matches: name => name === HEARTBEAT_TOPIC || (!isInternalTopic(name) && matches(name)) }
}

/** Which of a replicator's topics somebody asks for: nothing that these patterns do not match. Throws as above. */
export function compileAskedPatterns(asked: readonly string[]): NameFilter {
  return compileLists(asked, [], MAX_TOPIC_PATTERN_LENGTH)
}

/** The same for consumer groups, of which none is internal. */
export function compileGroupPatterns(include: readonly string[], exclude: readonly string[]): NameFilter {
  return compileLists(include, exclude, MAX_GROUP_PATTERN_LENGTH)
}

function compileLists(include: readonly string[], exclude: readonly string[], maxLength: number): NameFilter {
  const included = compileList(include, maxLength)
  const excluded = compileList(exclude, maxLength)
  return { matches: name => included(name) && !excluded(name) }
}

/**
 * Topics that belong to a cluster or to a replication tool: Kafka's own and ours begin with `__`, the others are those of
 * MSK Replicator, and MirrorMaker 2's, whose default excludes all names that end in `.internal` or `-internal`. A copy of
 * heartbeats under a prefixed name has done its work: it travels no further, so it cannot go round.
 */
export function isInternalTopic(name: string): boolean {
  return (
    name.startsWith('__') ||
    name.endsWith(`.${HEARTBEAT_TOPIC}`) ||
    name.includes('__amazon_msk_replicator_') ||
    name.startsWith('mskr-offset-syncs.') ||
    name.endsWith('.internal') ||
    name.endsWith('-internal')
  )
}

/** Tells whether a pattern means the same here as on AWS (Java), and how to rewrite it where it does not. */
export function checkPattern(text: string, maxLength: number = MAX_TOPIC_PATTERN_LENGTH): PatternCheck {
  const rewritten = rewrite(text, maxLength)
  if (!rewritten.ok) return rewritten
  const note = noteOn(text)
  return note === undefined ? { ok: true } : { ok: true, note }
}

function rewrite(text: string, maxLength: number): JavaPattern {
  if (text === '') return { ok: false, reason: 'it is empty and matches no name', suggestion: 'write .* for all names' }
  if (text.length > maxLength) {
    return {
      ok: false,
      reason: `it has ${text.length} characters, the limit is ${maxLength}`,
      suggestion: 'split it into several patterns',
    }
  }
  if (/^[*+?]/.test(text)) {
    return {
      ok: false,
      reason: `a regular expression cannot begin with "${text[0]}"`,
      suggestion: `write ${text.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}`,
    }
  }
  const java = translateJavaPattern(text)
  if (!java.ok) return java
  try {
    RE2JS.compile(java.re2)
    return java
  } catch (error) {
    return { ok: false, reason: re2Reason(error), suggestion: 'see the syntax of regular expressions in Java and RE2' }
  }
}

function compileList(patterns: readonly string[], maxLength: number): (name: string) => boolean {
  if (patterns.length === 0) return () => false
  if (patterns.length > MAX_PATTERNS) {
    throw new UserError(`A list has ${patterns.length} patterns, the limit is ${MAX_PATTERNS}.`, {
      exitCode: ExitCode.Usage,
      fix: 'Join patterns with "|".',
    })
  }
  // One automaton for the whole list: a name is read once, however many patterns there are.
  const set = new RE2Set(RE2Set.ANCHOR_BOTH)
  for (const pattern of patterns) set.add(re2Of(pattern, maxLength))
  set.compile()
  return name => set.match(name).length > 0
}

function re2Of(pattern: string, maxLength: number): string {
  const rewritten = rewrite(pattern, maxLength)
  if (rewritten.ok) return rewritten.re2
  throw new UserError(`The pattern ${JSON.stringify(pattern.slice(0, 300))} cannot be used: ${rewritten.reason}.`, {
    exitCode: ExitCode.Usage,
    fix: sentence(rewritten.suggestion),
  })
}

function noteOn(text: string): { reason: string; suggestion: string } | undefined {
  const plain = /^[A-Za-z0-9._-]+$/.test(text)
  if (plain && isInternalTopic(text)) {
    return { reason: 'internal topics are never replicated', suggestion: 'remove it' }
  }
  if (plain && text.includes('.')) {
    return {
      reason: 'an unescaped "." stands for any character, so more names may match',
      suggestion: `write ${text.replaceAll('.', '\\.')} (in JSON each \\ is doubled)`,
    }
  }
  if (/^[A-Za-z0-9_-]+\*$/.test(text)) {
    return {
      reason: `"*" repeats the character before it: this matches "${text.slice(0, -1)}" and "${text.slice(0, -1)}${text.at(-2)}"`,
      suggestion: `write ${text.slice(0, -1)}.* for all names that begin so`,
    }
  }
  return undefined
}

function re2Reason(error: unknown): string {
  return messageOf(error).replace(/^error parsing regexp: /, '')
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`
}
