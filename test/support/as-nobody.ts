/**
 * Runs it without root's rights: permissions do not hold for root, who runs the tests in containers. Whatever modules it
 * needs are loaded before, since their files may be root's alone.
 */
export async function asNobody<T>(action: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return await action()
  process.seteuid!('nobody')
  try {
    return await action()
  } finally {
    process.seteuid!(0)
  }
}
