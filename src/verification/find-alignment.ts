/** How many records to leave out on each side so that the logs go on alike. */
export interface Alignment {
  skipSource: number
  skipTarget: number
}

/** What lies ahead of a cursor: a key a record; equal keys are equal records. */
type Ahead = readonly string[]

/** Of two places equally near, the one where so many records in a row agree is the right one. */
const CONFIRMED = 3
/** The same record many times over: only its first places are tried, so that the search stays quick. */
const PLACES_MAX = 16

/**
 * Finds where two logs that differ here go on alike, leaving out as few records as possible: keys hold time and
 * content, so a record that is found is that record. `undefined` when none is within what lies ahead.
 */
export function findAlignment(source: Ahead, target: Ahead): Alignment | undefined {
  const places = placesOf(source)
  let best: Alignment | undefined
  let cost = Number.POSITIVE_INFINITY
  for (let skipTarget = 0; skipTarget < target.length && skipTarget <= cost; skipTarget++) {
    for (const skipSource of places.get(target[skipTarget] as string) ?? []) {
      const candidate = { skipSource, skipTarget }
      if (skipSource + skipTarget > cost) break
      if (skipSource + skipTarget === cost && !isConfirmed(source, target, candidate)) continue
      best = candidate
      cost = skipSource + skipTarget
    }
  }
  return best
}

function isConfirmed(source: Ahead, target: Ahead, { skipSource, skipTarget }: Alignment): boolean {
  for (let i = 1; i < CONFIRMED; i++) {
    if (source[skipSource + i] !== target[skipTarget + i]) return false
  }
  return true
}

function placesOf(keys: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [index, key] of keys.entries()) {
    const known = places.get(key)
    if (known === undefined) places.set(key, [index])
    else if (known.length < PLACES_MAX) known.push(index)
  }
  return places
}
