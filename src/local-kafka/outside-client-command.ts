import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { QUICK_START } from './broker-settings.js'
import { withLock } from './cache-lock.js'
import { ClassArchive } from './class-archive.js'
import type { KafkaJars } from './jars.js'
import { cacheFolder, kafkaJars } from './jars.js'
import { checkJavaCompiler } from './prerequisites.js'
import { runCommand } from './run-command.js'

const SOURCES = fileURLToPath(new URL('./outside-client', import.meta.url))
/** What the JVM has to say must not come between the answers. */
const JVM_TALKS_ASIDE = ['-Xlog:disable', '-Xlog:all=warning:stderr', '-XX:+DisplayVMOutputToStderr']
const PROGRAM = 'outside-client.jar'
/** Two seconds on an idle machine. */
const COMPILE_TIMEOUT_MS = 120_000

export interface OutsideClientCommandOptions {
  quickStart?: boolean
  jvmOption?: string
  onProgress?: ((text: string) => void) | undefined
}

/**
 * The arguments of `java` that start the outside client. Its classes are compiled once into the cache: started from
 * source, each test file would pay two seconds for the compiler, and the program would have to be one long file.
 * @throws UserError without a JDK or the jars.
 */
export async function outsideClientCommand(options: OutsideClientCommandOptions = {}): Promise<string[]> {
  const { quickStart = true, jvmOption, onProgress } = options
  const { classPath, classes } = await outsideClientProgram(onProgress)
  const quick = quickStart
    ? [...QUICK_START, ...(jvmOption ? [jvmOption, '-DendsRegularly=true'] : classes.options)]
    : ['-XX:+UseSerialGC']
  return ['-Xmx512m', ...JVM_TALKS_ASIDE, ...quick, '-cp', classPath, 'OutsideClient']
}

/** Where it is, and its archive of classes. */
export async function outsideClientProgram(
  onProgress?: (text: string) => void,
): Promise<{ classPath: string; classes: ClassArchive }> {
  const jars = await kafkaJars('4.2.0', { onProgress })
  const folder = await compiledProgram(jars)
  const classPath = `${join(folder, PROGRAM)}${delimiter}${jars.classPath}`
  return { classPath, classes: new ClassArchive(join(folder, 'classes.jsa'), classPath) }
}

/** Made in a folder of its own first: an interrupted compiler leaves nothing that looks whole. */
async function compiledProgram(jars: KafkaJars): Promise<string> {
  const sources = await sourceFiles()
  const folder = join(cacheFolder(), `outside-client-${jars.version}-${await hashOf(sources)}-jar`)
  if (existsSync(folder)) return folder
  await checkJavaCompiler()
  await withLock(join(cacheFolder(), 'compile.lock'), async () => {
    if (existsSync(folder)) return
    const temporary = `${folder}.${process.pid}.part`
    await mkdir(temporary, { recursive: true })
    try {
      await compile(sources, jars, join(temporary, 'classes'))
      await pack(temporary)
      await rename(temporary, folder)
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
  })
  return folder
}

async function sourceFiles(): Promise<string[]> {
  const names = (await readdir(SOURCES)).filter(name => name.endsWith('.java')).sort()
  return names.map(name => join(SOURCES, name))
}

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 8)
}

async function compile(sources: readonly string[], jars: KafkaJars, outputFolder: string): Promise<void> {
  // Unlike `java`, the compiler started as a module does not expand "folder/*".
  const names = (await readdir(jars.folder)).filter(name => name.endsWith('.jar'))
  const classPath = names.map(name => join(jars.folder, name)).join(delimiter)
  const args = ['--release', '17', '-proc:none', '-nowarn', '-d', outputFolder, '-cp', classPath, ...sources]
  const compiler = ['--module', 'jdk.compiler/com.sun.tools.javac.Main']
  const { exitCode, output } = await runCommand('java', [...compiler, ...args], { timeoutMs: COMPILE_TIMEOUT_MS })
  // Our own sources with pinned jars: a failure here is our fault, not the user's.
  if (exitCode !== 0) throw new Error(`The outside client does not compile:\n${output.slice(-4000)}`)
}

/** As a jar, since a JVM archives the classes of jars alone. */
async function pack(folder: string): Promise<void> {
  const tool = ['--module', 'jdk.jartool/sun.tools.jar.Main']
  const args = [...tool, '--create', '--file', join(folder, PROGRAM), '-C', join(folder, 'classes'), '.']
  const { exitCode, output } = await runCommand('java', args, { timeoutMs: COMPILE_TIMEOUT_MS })
  if (exitCode !== 0) throw new Error(`The outside client cannot be packed:\n${output.slice(-4000)}`)
}
