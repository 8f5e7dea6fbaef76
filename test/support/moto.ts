import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '../../src/local-kafka/cache-lock.ts'
import { freePorts } from '../../src/local-kafka/free-port.ts'
import { guardProcess } from '../../src/local-kafka/guard.ts'
import { cacheFolder } from '../../src/local-kafka/jars.ts'
import { runCommand } from '../../src/local-kafka/run-command.ts'
import { waitUntil } from '../../src/local-kafka/wait-until.ts'

/** AWS services emulated by moto's server, from PyPI: https://docs.getmoto.org */
const VERSION = '5.2.5'
/** 300 MB with its dependencies; after this it is more likely that nothing moves any more. */
const INSTALL_TIMEOUT_MS = 10 * 60_000
/** It imports half of Python first: seconds on a quiet machine. */
const START_TIMEOUT_MS = 90_000

/** Invented credentials: moto takes any. */
export const MOTO_CREDENTIALS = { accessKeyId: 'AKIAMOTOEXAMPLE', secretAccessKey: 'moto-example-secret-key' }

/** A running emulator on loopback; `env` makes the AWS SDK talk to it. */
export class Moto {
  readonly endpoint: string
  private readonly child: ChildProcess
  private readonly unguard: () => void

  private constructor(endpoint: string, child: ChildProcess) {
    this.endpoint = endpoint
    this.child = child
    this.unguard = guardProcess(child.pid!)
  }

  /** Starts one on a free port, after installing it once; it ends with `close`, or with this process. */
  static async start(): Promise<Moto> {
    const python = await installed()
    const [port] = await freePorts(1)
    const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)]
    const child = spawn(python, args, { stdio: 'ignore' })
    const moto = new Moto(`http://127.0.0.1:${port}`, child)
    const isUp = async () => ((await fetch(`${moto.endpoint}/moto-api/`).catch(() => undefined))?.ok ? true : undefined)
    if (await waitUntil(isUp, { timeoutMs: START_TIMEOUT_MS, intervalMs: 100 })) return moto
    moto.close()
    throw new Error(`moto's server did not answer within ${START_TIMEOUT_MS / 1000} s`)
  }

  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: MOTO_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: MOTO_CREDENTIALS.secretAccessKey,
    }
  }

  /** What a client of the SDK is made with to reach it. */
  get client() {
    return { endpoint: this.endpoint, region: 'us-east-1', credentials: MOTO_CREDENTIALS }
  }

  close(): void {
    this.child.kill('SIGKILL')
    this.unguard()
  }
}

/** The Python of a virtual environment with moto in it, in the project's cache folder; made once. */
async function installed(): Promise<string> {
  const folder = join(cacheFolder(), `moto-${VERSION}`)
  const python = join(folder, 'bin', 'python3')
  const isComplete = () => existsSync(join(folder, 'complete'))
  if (isComplete()) return python
  await withLock(join(cacheFolder(), 'moto.lock'), async () => {
    if (isComplete()) return
    await rm(folder, { recursive: true, force: true })
    await mkdir(cacheFolder(), { recursive: true })
    // A virtual environment cannot be moved, so a file that comes last says that it is whole.
    await run('python3', ['-m', 'venv', folder], 'Install Python 3.10 or newer with its module venv.')
    await run(
      python,
      ['-m', 'pip', 'install', '--quiet', `moto[server]==${VERSION}`],
      'Does pip reach a package index?',
    )
    const marker = join(folder, 'complete.part')
    await writeFile(marker, `moto ${VERSION}\n`)
    await rename(marker, join(folder, 'complete'))
  })
  return python
}

async function run(command: string, args: readonly string[], fix: string): Promise<void> {
  const { exitCode, output } = await runCommand(command, args, { timeoutMs: INSTALL_TIMEOUT_MS, fix })
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${output.slice(-1000)}\n${fix}`)
}
