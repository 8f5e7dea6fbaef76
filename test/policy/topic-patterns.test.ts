import { describe, expect, it } from 'vitest'
import {
  checkPattern,
  compileAskedPatterns,
  compilePatterns,
  HEARTBEAT_TOPIC,
  isInternalTopic,
} from '../../src/policy/topic-patterns.js'

describe('which topics are selected', () => {
  it('a pattern must match the whole name, and excludes win', () => {
    const filter = compilePatterns(['orders|payments\\..*', 'a.*'], ['.*\\.tmp', 'abc'])
    expect(['orders', 'payments.eu', 'a', 'ab'].map(filter.matches)).toEqual([true, true, true, true])
    expect(['orders2', 'xorders', 'payments', 'payments.tmp', 'abc'].map(filter.matches)).toEqual(Array(5).fill(false))
  })

  it('nothing is selected by an empty list', () => {
    expect(compilePatterns([], []).matches('orders')).toBe(false)
  })

  it.each([
    '__consumer_offsets',
    '__transaction_state',
    '__kafka_replicator.progress',
    '__amazon_msk_replicator_status',
    'east.__amazon_msk_replicator_heartbeats',
    'mskr-offset-syncs.west.internal',
    'mskr-offset-syncs.west',
    'east.checkpoints.internal',
    'mm2-offset-syncs.west.internal',
    'connect-internal',
    // A copy of heartbeats under a prefixed name: it must not go round.
    `east.${HEARTBEAT_TOPIC}`,
    `west.east.${HEARTBEAT_TOPIC}`,
  ])('the internal topic %s is never selected', name => {
    expect(isInternalTopic(name)).toBe(true)
    expect(compilePatterns(['.*', name], []).matches(name)).toBe(false)
  })

  it('heartbeats are always selected, whatever the patterns say', () => {
    for (const filter of [compilePatterns([], []), compilePatterns(['orders'], ['.*', HEARTBEAT_TOPIC])]) {
      expect(filter.matches(HEARTBEAT_TOPIC)).toBe(true)
      expect(filter.matches(`${HEARTBEAT_TOPIC}2`)).toBe(false)
    }
  })

  it('what is asked for by name is that, and no heartbeats beside it', () => {
    expect(compileAskedPatterns(['orders']).matches(HEARTBEAT_TOPIC)).toBe(false)
    expect(compileAskedPatterns(['__kafka_.*']).matches(HEARTBEAT_TOPIC)).toBe(true)
  })

  it.each(['_schemas', 'internal', 'my.internals', 'checkpoints'])('%s is an ordinary topic', name => {
    expect(compilePatterns(['.*'], []).matches(name)).toBe(true)
  })

  it('takes linear time for patterns that stop a backtracking engine (R80)', () => {
    const filter = compilePatterns(['(a+)+$', '(a|a)*b', '(.*a){12}c'], [])
    const name = `${'a'.repeat(248)}!`
    filter.matches(name)
    const start = performance.now()
    expect(filter.matches(name)).toBe(false)
    // Backtracking would take longer than the universe has; ten milliseconds would already be slow.
    expect(performance.now() - start).toBeLessThan(100)
  })

  it('understands what Java and RE2 share, and what has an exact equivalent', () => {
    const cases: [string, string][] = [
      ['\\Qa.b\\E.*', 'a.bc'],
      ['(?i)Orders', 'oRDERS'],
      ['(?<name>a)b', 'ab'],
      ['\\p{Alpha}+\\p{Digit}', 'ab1'],
      ['[\\p{Upper}_]+', 'A_B'],
      ['\\P{Digit}+', 'abc'],
      ['a\\u002Eb', 'a.b'],
      ['[]a]+', ']a'],
      ['a{2,3}?', 'aaa'],
      ['\\p{L}+', 'ä'],
    ]
    for (const [pattern, name] of cases) {
      expect(checkPattern(pattern), pattern).toMatchObject({ ok: true })
      expect(compilePatterns([pattern], []).matches(name), pattern).toBe(true)
    }
    expect(compilePatterns(['\\Qa.b'], []).matches('axb')).toBe(false)
  })
})

describe('patterns that would mean something else than on AWS are refused with what to write instead (R81)', () => {
  it.each([
    ['(?!test).*', 'look-ahead', 'exclude'],
    ['(?=a).*', 'look-ahead', 'exclude'],
    ['.*(?<!x)', 'look-behind', 'exclude'],
    ['.*(?<=x)', 'look-behind', 'exclude'],
    ['(a)\\1', 'back reference', 'written?|write'],
    ['(?<n>a)\\k<n>', 'back reference', 'write'],
    ['a++', 'possessive', 'second'],
    ['a*+', 'possessive', 'second'],
    ['a{2}+', 'possessive', 'second'],
    ['(?>a)b', 'atomic', '\\(\\?:'],
    ['[a-z&&[^aeiou]]', 'intersects', 'exclude'],
    ['[a-z[0-9]]', 'joins', '\\[a-z0-9\\]'],
    ['[[:alpha:]]', 'Java does not know', 'Alpha'],
    ['\\p{IsAlphabetic}', 'property', '\\[A-Za-z\\]'],
    ['\\p{javaLowerCase}', 'property', '\\[A-Za-z\\]'],
    ['\\h', 'construct', 'letters'],
    ['a\\Z', 'construct', 'letters'],
    ['\\R', 'construct', 'letters'],
    ['\\v', 'construct', 'letters'],
    ['\\cA', 'construct', 'letters'],
    ['\\N{DIGIT ONE}', 'construct', 'letters'],
    ['(?x)a b', 'flag', 'i, m and s'],
    ['(?U)a', 'flag', 'i, m and s'],
    ['(?d)a', 'flag', 'i, m and s'],
    ['x{1,1001}', 'limit of 1000', 'smaller'],
    ['{name}', 'repetition', '\\\\{'],
    ['*', 'cannot begin', '\\.\\*'],
    ['*.orders', 'cannot begin', '\\.\\*\\\\\\.orders'],
    ['', 'empty', '\\.\\*'],
    ['a'.repeat(250), '250 characters', 'several'],
    ['a\\', 'lone', 'backslash'],
    ['(a', 'missing closing', 'syntax'],
    ['[a', 'missing closing', 'syntax'],
    ['\\u12', 'hexadecimal', 'u002E'],
  ])('%s', (pattern, reason, suggestion) => {
    const check = checkPattern(pattern)
    expect(check.ok).toBe(false)
    expect(check).toMatchObject({
      reason: expect.stringContaining(reason),
      suggestion: expect.stringMatching(new RegExp(suggestion)),
    })
    expect(() => compilePatterns([pattern], [])).toThrow('cannot be used')
  })

  it('more than 100 patterns are refused', () => {
    expect(() => compilePatterns(Array(101).fill('a'), [])).toThrow('101 patterns')
  })

  it.each([
    ['my.topic', 'my\\.topic'],
    ['orders*', 'orders.*'],
    ['__consumer_offsets', 'remove'],
  ])('%s works, with a note', (pattern, suggestion) => {
    expect(checkPattern(pattern)).toMatchObject({ ok: true, note: { suggestion: expect.stringContaining(suggestion) } })
  })

  it('says nothing about ordinary patterns', () => {
    for (const pattern of ['.*', 'orders', 'orders-[0-9]+', 'a\\.b', 'x|y']) {
      expect(checkPattern(pattern)).toEqual({ ok: true })
    }
  })
})
