/** The candidate a person most likely meant: the same in other letter case, else the beginning of it, else a few typos away. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const lower = text.toLowerCase()
  const sameLetters = candidates.find(candidate => candidate.toLowerCase() === lower)
  if (sameLetters !== undefined) return sameLetters
  const started = candidates.filter(candidate => lower.length >= 3 && candidate.toLowerCase().startsWith(lower))
  if (started.length === 1) return started[0]
  // A third of the letters: more and the suggestion would be a guess. Long input needs no exact distance.
  const limit = Math.min(5, Math.floor(text.length / 3))
  let best: string | undefined
  let least = limit + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - text.length) >= least) continue
    const distance = editDistance(lower, candidate.toLowerCase())
    if (distance < least) {
      best = candidate
      least = distance
    }
  }
  return best
}

/** Letters to insert, delete, replace or swap with the next one (optimal string alignment). */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const row = [i]
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1]
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]
      if (swapped) cost = Math.min(cost, beforeLast[j - 2]! + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[right.length]!
}
