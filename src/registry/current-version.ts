import { randomInt } from 'node:crypto'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
/** As long as AWS's own ("K1X5R6FKA87"): 36^10 values, so two versions of one replicator never meet by chance. */
const RANDOM_LETTERS = 10

/** A new opaque version. Nothing may be read from it but whether two are equal. */
export function newCurrentVersion(): string {
  return `K${Array.from({ length: RANDOM_LETTERS }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`
}
