/**
 * Users write patterns for Java (MSK and MirrorMaker 2 run them there); we match with RE2, which takes linear time.
 * Most of the syntax is shared. This file finds what is not, above all what RE2 would accept with ANOTHER meaning,
 * and rewrites the few things that have an exact equivalent.
 */
export type JavaPattern = { ok: true; re2: string } | { ok: false; reason: string; suggestion: string }

/** RE2's own limit for `{n,m}`: it unrolls repetitions into its program. */
const MAX_REPEAT = 1000

const POSIX_CLASSES: Record<string, string> = {
  Lower: 'lower',
  Upper: 'upper',
  ASCII: 'ascii',
  Alpha: 'alpha',
  Digit: 'digit',
  Alnum: 'alnum',
  Punct: 'punct',
  Graph: 'graph',
  Print: 'print',
  Blank: 'blank',
  Cntrl: 'cntrl',
  XDigit: 'xdigit',
  Space: 'space',
}

/** What a piece of the pattern becomes, where the scan goes on, and whether a quantifier just ended there. */
interface Step {
  end: number
  re2: string
  quantifier?: boolean
}

class Unsupported extends Error {
  readonly suggestion: string
  constructor(reason: string, suggestion: string) {
    super(reason)
    this.suggestion = suggestion
  }
}

/** Rewrites a Java pattern for RE2, or says which construct stands in the way and what to write instead. */
export function translateJavaPattern(text: string): JavaPattern {
  try {
    return { ok: true, re2: translate(text) }
  } catch (error) {
    if (error instanceof Unsupported) return { ok: false, reason: error.message, suggestion: error.suggestion }
    throw error
  }
}

function translate(text: string): string {
  let re2 = ''
  let at = 0
  let afterQuantifier = false
  while (at < text.length) {
    const step = nextStep(text, at, afterQuantifier)
    re2 += step.re2
    at = step.end
    afterQuantifier = step.quantifier === true
  }
  return re2
}

function nextStep(text: string, at: number, afterQuantifier: boolean): Step {
  switch (text[at]) {
    case '\\':
      return text[at + 1] === 'Q' ? quoted(text, at) : escaped(text, at, false)
    case '[':
      return characterClass(text, at)
    case '(':
      refuseSpecialGroup(text, at)
      return { end: at + 1, re2: '(' }
    case '{':
      return repetition(text, at)
    case '*':
    case '+':
    case '?':
      return shortQuantifier(text, at, afterQuantifier)
    default:
      return { end: at + 1, re2: text[at]! }
  }
}

function shortQuantifier(text: string, at: number, afterQuantifier: boolean): Step {
  const sign = text[at]!
  if (afterQuantifier && sign === '+') {
    throw new Unsupported(
      `the possessive quantifier "${text.slice(at - 1, at + 1)}" is not supported`,
      'leave the second "+" out: matching takes linear time here, so nothing is lost',
    )
  }
  // `a*?` is a lazy quantifier: one unit, after which nothing may follow.
  return { end: at + 1, re2: sign, quantifier: !afterQuantifier }
}

function repetition(text: string, at: number): Step {
  const found = /\{(\d+)(?:,(\d*))?\}/y
  found.lastIndex = at
  const match = found.exec(text)
  if (match === null) {
    throw new Unsupported('a "{" begins a repetition such as {2,3}', 'write \\{ for the character itself')
  }
  if (Number(match[1]) > MAX_REPEAT || Number(match[2] ?? 0) > MAX_REPEAT) {
    throw new Unsupported(
      `the repetition ${match[0]} is above the limit of ${MAX_REPEAT}`,
      'topic names have at most 249 characters: use a smaller number, or "*"',
    )
  }
  return { end: at + match[0].length, re2: match[0], quantifier: true }
}

function quoted(text: string, at: number): Step {
  const close = text.indexOf('\\E', at + 2)
  const end = close === -1 ? text.length : close + 2
  return { end, re2: text.slice(at, end) }
}

function refuseSpecialGroup(text: string, at: number): void {
  const rest = text.slice(at, at + 4)
  if (rest.startsWith('(?=') || rest.startsWith('(?!') || rest.startsWith('(?<=') || rest.startsWith('(?<!')) {
    const negative = rest.includes('!')
    throw new Unsupported(
      `look-${rest[2] === '<' ? 'behind' : 'ahead'} "${rest.startsWith('(?<') ? rest : rest.slice(0, 3)}…)" is not supported`,
      negative
        ? 'use excludes: put what must not match into the exclude list, which wins over the include list'
        : 'write the whole name as one pattern, and use excludes for what must not match',
    )
  }
  if (rest.startsWith('(?>')) {
    throw new Unsupported('the atomic group "(?>…)" is not supported', 'write (?:…) instead')
  }
  const flags = /\(\?([A-Za-z-]+)[:)]/y
  flags.lastIndex = at
  const unknown = [...(flags.exec(text)?.[1] ?? '')].find(flag => !'ims-'.includes(flag))
  // RE2 takes (?U) as "ungreedy", Java as "Unicode classes": the others it refuses.
  if (unknown !== undefined) {
    throw new Unsupported(`the flag (?${unknown}) is not supported`, 'only the flags i, m and s are')
  }
}

function characterClass(text: string, start: number): Step {
  let at = start + 1
  let re2 = '['
  if (text[at] === '^') re2 += text[at++]
  // A "]" in the first place is the character itself, for Java as for RE2.
  if (text[at] === ']') {
    re2 += '\\]'
    at++
  }
  while (at < text.length && text[at] !== ']') {
    refuseClassOperators(text, at)
    const step = text[at] === '\\' ? escaped(text, at, true) : { end: at + 1, re2: text[at]! }
    re2 += step.re2
    at = step.end
  }
  return at < text.length ? { end: at + 1, re2: `${re2}]` } : { end: at, re2 }
}

/** RE2 accepts all three and means something else than Java: silently selecting other topics is the worst outcome. */
function refuseClassOperators(text: string, at: number): void {
  if (text.startsWith('&&', at)) {
    throw new Unsupported(
      'Java intersects the classes around "&&", RE2 reads two ampersands',
      'write the remaining characters out, or use excludes',
    )
  }
  if (text.startsWith('[:', at)) {
    throw new Unsupported('Java does not know "[:name:]" inside a class', 'write \\p{Alpha}, \\p{Digit}, … instead')
  }
  if (text[at] === '[') {
    throw new Unsupported(
      'Java joins a class inside a class, RE2 reads a "["',
      'write one class such as [a-z0-9], or \\[ for the character itself',
    )
  }
}

function escaped(text: string, at: number, inClass: boolean): Step {
  const letter = text[at + 1]
  if (letter === undefined)
    throw new Unsupported('it ends with a lone "\\"', 'write \\\\ for a backslash, or remove it')
  if (/[0-9k]/.test(letter)) {
    throw new Unsupported(`the back reference "\\${letter}" is not supported`, 'write the repeated part out')
  }
  if (letter === 'u') return unicodeEscape(text, at)
  if (letter === 'p' || letter === 'P') return property(text, at, inClass)
  if ('hHvVRXGZecN'.includes(letter) || (inClass && letter === 'Q')) {
    throw new Unsupported(
      `the construct "\\${letter}" is not supported`,
      'names have only letters, digits, ".", "_", "-"',
    )
  }
  return { end: at + 2, re2: text.slice(at, at + 2) }
}

function unicodeEscape(text: string, at: number): Step {
  const digits = /[0-9A-Fa-f]{4}/y
  digits.lastIndex = at + 2
  const match = digits.exec(text)
  if (match === null) throw new Unsupported('"\\u" needs four hexadecimal digits', 'write for example \\u002E')
  return { end: at + 6, re2: `\\x{${match[0]}}` }
}

function property(text: string, at: number, inClass: boolean): Step {
  const named = /[pP]\{([^}]{1,40})\}/y
  named.lastIndex = at + 1
  const name = named.exec(text)?.[1]
  if (name === undefined) return { end: at + 2, re2: text.slice(at, at + 2) }
  const end = at + name.length + 4
  const posix = Object.hasOwn(POSIX_CLASSES, name) ? POSIX_CLASSES[name] : undefined
  if (posix === undefined) {
    if (/^(?:Is[A-Z][a-z]{2,}|java)/.test(name)) {
      throw new Unsupported(`the property "\\p{${name}}" is not supported`, 'write a class such as [A-Za-z]')
    }
    return { end, re2: text.slice(at, end) }
  }
  const body = `[:${text[at + 1] === 'P' ? '^' : ''}${posix}:]`
  return { end, re2: inClass ? body : `[${body}]` }
}
