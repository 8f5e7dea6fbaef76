import { ExitCode, UserError } from '../errors.js'
import { runCommand } from './run-command.js'

/** Kafka 4 brokers run on Java 17 or newer. */
const OLDEST_JAVA = 17
/** A JVM on a loaded machine answers `-version` within a second or two; more means that it hangs. */
const ANSWER_TIMEOUT_MS = 30_000

/** The major version in the output of `java -version` (`"17.0.15"` → 17, `"1.8.0_402"` → 8), undefined if there is none. */
export function javaMajorVersion(output: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(output)
  return match ? Number(match[1]) : undefined
}

/** Throws a UserError with the fix unless Java 17 or newer is on the PATH. */
export async function checkJava(): Promise<void> {
  const fix =
    'Install a JDK 17 or newer (for example Debian: apt install openjdk-17-jdk-headless; macOS: brew install openjdk) so that `java -version` answers.'
  const { output } = await commandAnswer('java', ['-version'], fix)
  const major = javaMajorVersion(output)
  if (major !== undefined && major >= OLDEST_JAVA) return
  const found = major === undefined ? 'an unknown version of Java' : `Java ${major}`
  throw new UserError(`The local Kafka brokers need Java ${OLDEST_JAVA} or newer; \`java -version\` shows ${found}.`, {
    exitCode: ExitCode.Environment,
    fix,
  })
}

/** Throws a UserError unless the Java on the PATH can compile: a plain runtime (JRE) cannot start OutsideClient.java. */
export async function checkJavaCompiler(): Promise<void> {
  await checkJava()
  const { output } = await commandAnswer('java', ['--list-modules'], '')
  if (output.includes('jdk.compiler')) return
  throw new UserError('The outside client needs a JDK; the Java on the PATH is a runtime without the compiler.', {
    exitCode: ExitCode.Environment,
    fix: 'Install a full JDK 17 or newer, for example the package openjdk-17-jdk-headless.',
  })
}

/** Throws a UserError with the fix unless Maven is on the PATH. Only needed until the jars are in the cache. */
export async function checkMaven(): Promise<void> {
  const fix =
    'Install Apache Maven (for example Debian: apt install maven; macOS: brew install maven) so that `mvn -version` answers.'
  await commandAnswer('mvn', ['-version'], fix)
}

/** Whether a Docker engine (not only its client) answers. Never throws. */
export async function dockerAnswers(): Promise<boolean> {
  try {
    const { exitCode } = await runCommand('docker', ['version', '--format', '{{.Server.Version}}'], {
      timeoutMs: 10_000,
    })
    return exitCode === 0
  } catch {
    // No docker command, or one that hangs: for our purpose the same as no Docker.
    return false
  }
}

async function commandAnswer(command: string, args: string[], fix: string): Promise<{ output: string }> {
  const result = await runCommand(command, args, { timeoutMs: ANSWER_TIMEOUT_MS, fix })
  if (result.exitCode === 0) return result
  throw new UserError(`\`${command} ${args.join(' ')}\` failed: ${result.output.slice(0, 300)}`, {
    exitCode: ExitCode.Environment,
    fix,
  })
}
