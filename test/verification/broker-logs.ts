import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../src/clock.js'
import type { OutsideRecord } from '../../src/local-kafka/outside-client-types.js'

/** Of today: retention would remove older ones half a minute after the broker's start. */
const START = systemClock.now() - 3_600_000

/** Records with everything a record can have; none is like another. */
export function variedRecords(count: number): OutsideRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    partition: 0,
    key: n % 3 === 0 ? null : `k${n % 5}`,
    value: n % 50 === 7 ? null : `value ${n} `.repeat((n % 7) + 1),
    headers:
      n % 2 === 0
        ? []
        : [
            ['h', `${n}`],
            ['h', null],
            ['', Buffer.from([0, 255, n % 256])],
          ],
    timestamp: START + n,
  }))
}

/** A minute of waiting passes in no time. */
export function hurriedClock(): Clock {
  let slept = 0
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic() + slept,
    sleep: async ms => {
      slept += ms * 20
    },
  }
}

/** Flips a bit of the last record of `topic-0` on a broker's disk. */
export async function damageLastByte(dataDir: string, topic: string): Promise<void> {
  const folder = (await readdir(dataDir, { recursive: true })).find(name => name.endsWith(`${topic}-0`))!
  const file = join(dataDir, folder, '00000000000000000000.log')
  const bytes = await readFile(file)
  const used = lastUsed(bytes)
  bytes[used]! ^= 1
  await writeFile(file, bytes)
}

/** Behind the log a segment may be filled up with zeros. */
function lastUsed(bytes: Buffer): number {
  let at = 0
  for (;;) {
    const size = at + 12 <= bytes.length ? bytes.readInt32BE(at + 8) : 0
    if (size <= 0) return at - 1
    at += 12 + size
  }
}
