import { spawn } from 'node:child_process'
import { ExitCode, UserError } from '../errors.js'

/** What a command left behind. */
export interface CommandResult {
  exitCode: number
  /** Standard output followed by standard error, both whole. */
  output: string
}

/** Longest output kept, in characters: enough for Maven's and the JVM's explanations, bounded against a runaway tool. */
const OUTPUT_LIMIT = 256 * 1024

/**
 * Runs a short command to its end, without a shell.
 * @param options.timeoutMs after this many milliseconds the command is killed.
 * @param options.fix what the user can do when the command does not exist.
 * @throws UserError when the command does not exist or does not end in time; an exit code ≠ 0 is the caller's to judge.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { timeoutMs: number; fix?: string | undefined },
): Promise<CommandResult> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
  })
  const outputs = ['', '']
  for (const [index, stream] of [child.stdout, child.stderr].entries()) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      outputs[index] = `${outputs[index]}${text}`.slice(-OUTPUT_LIMIT)
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', error =>
      reject(
        new UserError(`${command} could not be started: ${error.message}`, {
          exitCode: ExitCode.Environment,
          fix: options.fix,
          cause: error,
        }),
      ),
    )
    child.once('close', (exitCode, signal) => {
      const output = outputs.join('').trim()
      if (exitCode !== null) return resolve({ exitCode, output })
      const seconds = Math.round(options.timeoutMs / 1000)
      const reason = child.killed ? `did not end within ${seconds} s` : `was ended by ${signal}`
      reject(
        new UserError(`${command} ${args.join(' ')} ${reason}. ${output.slice(-500)}`, {
          exitCode: ExitCode.Environment,
        }),
      )
    })
  })
}
