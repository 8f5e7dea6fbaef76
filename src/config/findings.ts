/** One thing that `validate` has to say about a file. `error` makes the file invalid; the others do not. */
export interface Finding {
  /** The file as it was given; empty for a request that came without one. */
  file: string
  /** From 1; 0 where there is no text to point into. */
  line: number
  /** From 1, in UTF-16 units, as editors count. */
  column: number
  /** JSON pointer (RFC 6901) of the value that is meant. */
  pointer: string
  severity: 'error' | 'warning' | 'note'
  /** The name of the rule, stable for scripts. */
  code: string
  /** What is wrong, in one sentence. */
  message: string
  /** What to write instead. */
  fix?: string
  /** What the MSK API would name in its BadRequestException, for example `kafkaClusters`. */
  invalidParameter?: string
}

/** A place inside a JSON value: keys and indices from the root. */
export type JsonPath = readonly (string | number)[]

/** The place as a JSON pointer. */
export function pointerOf(path: JsonPath): string {
  return path.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The place that a JSON pointer names. Indices stay text: both forms find the same member. */
export function pathOf(pointer: string): JsonPath {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The place as people write it: `[0].TopicReplication.TopicsToReplicate[2]`. */
export function placeOf(path: JsonPath): string {
  const text = path
    .map(part => (/^\d+$/.test(String(part)) ? `[${part}]` : `.${shortened(String(part), 200)}`))
    .join('')
  return text.startsWith('.') ? text.slice(1) : text
}

/** Text from a file as it may stand in a message: quoted, shortened, without control characters. */
export function quote(text: string): string {
  return JSON.stringify(shortened(text)).replace(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '?')
}

function shortened(text: string, most = 80): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}
