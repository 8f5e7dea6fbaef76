import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ExitCode, UserError } from '../errors.js'
import { withLock } from './cache-lock.js'
import { ClassArchive } from './class-archive.js'
import { newKafkaUuid } from './cluster-id.js'
import { checkMaven } from './prerequisites.js'
import { runCommand } from './run-command.js'
import { formatProperties, kraftProperties } from './server-properties.js'

/** The versions that can be started: the newest, and the oldest source that is supported. */
export type KafkaVersion = '4.2.0' | '2.8.1'

/** The jars of one Kafka version on this machine. */
export interface KafkaJars {
  readonly version: KafkaVersion
  /** Folder in the cache that holds everything below. */
  readonly folder: string
  /** For `java -cp`: every jar of this version. */
  readonly classPath: string
  /** What `kafka-storage.sh format` writes besides meta.properties; made for KRaft versions only. */
  readonly bootstrapMetadata: string
  /** Of the broker's classes; made by test/support/train-classes.ts. */
  readonly classes: ClassArchive
}

/** 55 MB from a slow mirror; after this it is more likely that nothing moves any more. */
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000
/** It takes a second; a busy machine gets a minute. */
const FORMAT_TIMEOUT_MS = 60_000
const POM_FILE = fileURLToPath(new URL('./pom.xml', import.meta.url))

/** Where downloads live: `$KAFKA_REPLICATOR_CACHE`, else `$XDG_CACHE_HOME/kafka-replicator`, else `~/.cache/kafka-replicator`. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.KAFKA_REPLICATOR_CACHE) return environment.KAFKA_REPLICATOR_CACHE
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kafka-replicator')
}

/**
 * The jars of a Kafka version, downloaded with Maven the first time.
 * @param options.onProgress is told when a download starts, in words for the user.
 * @throws UserError when Maven is missing or cannot download.
 */
export async function kafkaJars(
  version: KafkaVersion,
  options: { onProgress?: ((text: string) => void) | undefined } = {},
): Promise<KafkaJars> {
  const jars = await locate(version)
  if (isComplete(jars)) return jars
  await withLock(join(cacheFolder(), 'download.lock'), async () => {
    if (isComplete(jars)) return
    options.onProgress?.(`downloading Kafka ${version} (once)`)
    await download(jars)
  })
  return jars
}

/** Whether the jars are here already, so that no Maven is needed. */
export async function jarsAreCached(version: KafkaVersion): Promise<boolean> {
  return isComplete(await locate(version))
}

/** The pom's hash is part of the name: an upgrade with other jars never mixes with what a running broker has open. */
async function locate(version: KafkaVersion): Promise<KafkaJars> {
  const pomHash = createHash('sha256')
    .update(await readFile(POM_FILE))
    .digest('hex')
    .slice(0, 8)
  const folder = join(cacheFolder(), `kafka-${version}-${pomHash}`)
  return jarsIn(folder, version)
}

function jarsIn(folder: string, version: KafkaVersion): KafkaJars {
  const classPath = join(folder, '*')
  const classes = new ClassArchive(join(folder, 'broker.jsa'), classPath)
  return { version, folder, classPath, bootstrapMetadata: join(folder, 'bootstrap.checkpoint'), classes }
}

function isComplete(jars: KafkaJars): boolean {
  return existsSync(join(jars.folder, 'complete'))
}

/** Into a folder of our own first, renamed at the end: an interrupted download leaves nothing that looks whole. */
async function download(jars: KafkaJars): Promise<void> {
  await checkMaven()
  const temporary = `${jars.folder}.${process.pid}.part`
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true })
  try {
    await runMaven(jars.version, temporary)
    if (jars.version !== '2.8.1') await writeBootstrapMetadata(jarsIn(temporary, jars.version))
    await writeFile(join(temporary, 'complete'), `${(await readdir(temporary)).length} files\n`)
    await rm(jars.folder, { recursive: true, force: true })
    await rename(temporary, jars.folder)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function runMaven(version: KafkaVersion, outputFolder: string): Promise<void> {
  const { exitCode, output } = await runCommand(
    'mvn',
    [
      '-q',
      '-B',
      '-f',
      POM_FILE,
      '-P',
      `kafka-${version}`,
      'dependency:copy-dependencies',
      `-DoutputDirectory=${outputFolder}`,
    ],
    { timeoutMs: DOWNLOAD_TIMEOUT_MS },
  )
  if (exitCode === 0) return
  const reason = output.split('\n').find(line => line.includes('ERROR')) ?? output.slice(-500)
  throw new UserError(`Maven could not download Kafka ${version}: ${reason.trim()}`, {
    exitCode: ExitCode.Environment,
    fix: `Is the network there, and does Maven reach its repository (proxy, mirror in ~/.m2/settings.xml)? To see all of it: mvn -B -f ${POM_FILE} -P kafka-${version} dependency:copy-dependencies`,
  })
}

/**
 * Lets Kafka's own tool format a storage folder once and keeps its bootstrap metadata (the feature levels of this
 * version). They are the same for every cluster, so each broker's start saves the second that the tool takes.
 */
async function writeBootstrapMetadata(jars: KafkaJars): Promise<void> {
  const dataDir = join(jars.folder, 'format')
  const properties = join(jars.folder, 'format.properties')
  // Formatting opens no port; these are never used.
  const node = { port: 1, controllerPort: 2, dataDir }
  await writeFile(properties, formatProperties(kraftProperties(node, {})))
  const { exitCode, output } = await runCommand(
    'java',
    ['-cp', jars.classPath, 'kafka.tools.StorageTool', 'format', '-t', newKafkaUuid(), '-c', properties],
    { timeoutMs: FORMAT_TIMEOUT_MS },
  )
  if (exitCode !== 0) {
    throw new UserError(`Kafka ${jars.version} could not format its storage: ${output.slice(-1000)}`, {
      exitCode: ExitCode.Environment,
    })
  }
  await rename(join(dataDir, 'bootstrap.checkpoint'), jars.bootstrapMetadata)
  await rm(dataDir, { recursive: true })
  await rm(properties)
}
