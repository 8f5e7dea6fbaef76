import { createInterface } from 'node:readline'

/**
 * The next line that is typed; undefined where there is no terminal, at the end of the input (Ctrl-D) and when the signal
 * aborts. The question goes to standard error: standard output may be read by a script.
 */
export async function readLine(question: string, stop: AbortSignal): Promise<string | undefined> {
  const { stdin, stderr } = process
  // After a Ctrl-D nothing comes any more, not even an end.
  if (!stdin.isTTY || !stderr.isTTY || stdin.readableEnded || stop.aborted) return undefined
  // Not as a terminal of its own: that would take Ctrl-C from us.
  const lines = createInterface({ input: stdin, terminal: false })
  const close = () => lines.close()
  stop.addEventListener('abort', close, { once: true })
  try {
    stderr.write(question)
    return await new Promise(resolve => {
      lines.once('line', resolve)
      lines.once('close', () => resolve(undefined))
    })
  } finally {
    stop.removeEventListener('abort', close)
    lines.close()
    // Nobody else reads it, and an open input would keep the process from ending.
    stdin.pause()
  }
}
