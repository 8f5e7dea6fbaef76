/**
 * Cuts a list into pieces whose weights (1 each unless told otherwise) add up to `limit` at most. One that is heavier
 * by itself has a piece of its own.
 */
export function chunksOf<Item>(items: readonly Item[], limit: number, weightOf: (item: Item) => number = () => 1) {
  const chunks: Item[][] = []
  let room = 0
  for (const item of items) {
    const weight = weightOf(item)
    if (weight > room || chunks.length === 0) {
      chunks.push([])
      room = limit
    }
    chunks.at(-1)?.push(item)
    room -= weight
  }
  return chunks
}
