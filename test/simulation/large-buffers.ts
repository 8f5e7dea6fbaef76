/** The engine's pools make buffers of 288 KiB and 4 MiB; smaller ones are left alone. */
const LARGE_BYTES = 256 * 1024

/**
 * Lends the engine's large buffers again from history to history: made anew for each of thousands of lives, they would
 * cost more than all the rest. Answers what a history calls at its end, when nobody uses its buffers any more.
 */
export function recycleLargeBuffers(): { endOfHistory(): void } {
  const make = Buffer.allocUnsafeSlow
  const free = new Map<number, ReturnType<typeof make>[]>()
  const lent: ReturnType<typeof make>[] = []
  Buffer.allocUnsafeSlow = size => {
    if (size < LARGE_BYTES) return make(size)
    const buffer = free.get(size)?.pop() ?? make(size)
    lent.push(buffer)
    return buffer
  }
  return {
    endOfHistory: () => {
      for (const buffer of lent.splice(0)) {
        const shelf = free.get(buffer.length)
        if (shelf) shelf.push(buffer)
        else free.set(buffer.length, [buffer])
      }
    },
  }
}
