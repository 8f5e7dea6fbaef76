/** `1 group`, `1,204 groups`: how many, in the words of a sentence. */
export function counted(count: number, noun: string): string {
  return `${inWords(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** `1,204`; what nobody knows is said so. */
export function inWords(count: number | null): string {
  return count === null ? 'unknown' : count.toLocaleString('en-US')
}
