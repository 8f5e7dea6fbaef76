import { test } from 'vitest'

/**
 * `npm run test:thorough` runs all there is, `npm test` what fits into ten minutes on two cores: of cases that differ in
 * little, one.
 */
export const isThorough = process.env.KAFKA_REPLICATOR_THOROUGH === '1'

/** A test for the thorough run alone. */
export function thoroughTest(name: string, run: () => Promise<void>, timeoutMs?: number): void {
  test.skipIf(!isThorough)(name, run, timeoutMs)
}

/** All cases in the thorough run, else the first. */
export function firstUnlessThorough<Case>(cases: readonly Case[]): Case[] {
  return isThorough ? [...cases] : cases.slice(0, 1)
}
