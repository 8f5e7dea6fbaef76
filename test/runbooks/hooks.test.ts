import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.ts'
import { type HookName, type HookResult, Hooks } from '../../src/runbooks/hooks.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** So much faster time passes for our own patience; commands run as they do. */
const SPEED = 20
const fastClock: Clock = {
  now: systemClock.now,
  monotonic: () => systemClock.monotonic() * SPEED,
  sleep: (ms, signal) => systemClock.sleep(ms / SPEED, signal),
}

/** Runs one command as the hook that stops producers. */
async function run(command: string, { timeoutMs = 200_000, stopAfterMs = undefined as number | undefined } = {}) {
  const folder = await temporaryFolder()
  const results: HookResult[] = []
  const stop = new AbortController()
  const listener = {
    outputPath: (name: HookName) => join(folder, `${name}.log`),
    ended: async (_name: HookName, result: HookResult) => void results.push(result),
  }
  const options = {
    commands: { 'stop-producers': command },
    timeoutMs,
    env: { KAFKA_REPLICATOR_RUN: 'r-1', FOLDER: folder },
  }
  const hooks = new Hooks(options, fastClock, listener)
  if (stopAfterMs !== undefined) void systemClock.sleep(stopAfterMs).then(() => stop.abort())
  const outcome = await hooks.run('stop-producers', stop.signal)
  const file = join(folder, 'stop-producers.log')
  const output = async () => await readFile(file, 'utf8')
  return { outcome, result: results[0], results, folder, file, output }
}

/** A killed process is gone as soon as the machine gets to it. */
async function untilGone(path: string): Promise<void> {
  await expect.poll(() => isThere(path), { timeout: 5_000 }).toBe(false)
}

/** Whether a process is there; the number stands in a file that it wrote. */
async function isThere(path: string): Promise<boolean> {
  const pid = Number(await readFile(path, 'utf8'))
  expect(pid).toBeGreaterThan(1)
  try {
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    if (/\) Z /.test(state)) return false
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('passed with 0; all that it said on both ways is kept', async () => {
  const { outcome, result, output } = await run('echo to stdout; echo to stderr >&2')
  expect(outcome).toEqual({ kind: 'passed' })
  expect(result).toMatchObject({ exitCode: 0, signal: null, endedBecause: undefined })
  expect(await output()).toBe('to stdout\nto stderr\n')
})

test('its environment is ours and what the runbook says', async () => {
  const { output } = await run('echo "$KAFKA_REPLICATOR_RUN $HOME"')
  expect(await output()).toBe(`r-1 ${process.env.HOME ?? ''}\n`)
})

test('it reads nothing from our terminal', async () => {
  expect((await run('cat; read x || exit 9')).result?.exitCode).toBe(9)
})

test.each([
  ['echo one; echo two; echo three; echo four; exit 3', 'exit code 3', '\ntwo\nthree\nfour'],
  ['no-such-command-here', 'exit code 127 (not found)', 'not found'],
  ['kill -9 $$', 'was ended by SIGKILL', ''],
])('%s: failed, with the reason', async (command, how, said) => {
  const { outcome } = await run(command)
  expect(outcome).toMatchObject({
    kind: 'failed',
    reason: expect.stringContaining(how),
    fix: expect.stringContaining('resume'),
  })
  expect(outcome).toMatchObject({ reason: expect.stringContaining(said) })
})

test('timeout: asked to end, it may tidy up, but is not done, whatever it says then', async () => {
  const { outcome, result, output } = await run('trap "echo tidied; exit 0" TERM; sleep 100 & wait', {
    timeoutMs: 8_000,
  })
  expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('did not end within 8 s') })
  expect(result).toMatchObject({ exitCode: 0, endedBecause: 'timeout' })
  expect(await output()).toBe('tidied\n')
})

test('timeout: what does not listen is killed, with all that it has started', async () => {
  const stubborn = `trap "" TERM; (trap "" TERM; echo $$ >/dev/null; sh -c 'echo $$ > "$FOLDER/child"; trap "" TERM; while :; do sleep 1; done') & echo $$ > "$FOLDER/parent"; wait; while :; do sleep 1; done`
  const { outcome, result, folder } = await run(stubborn, { timeoutMs: 16_000 })
  expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('did not end within 16 s') })
  expect(result).toMatchObject({ exitCode: null, signal: 'SIGKILL', endedBecause: 'timeout' })
  await untilGone(join(folder, 'parent'))
  await untilGone(join(folder, 'child'))
})

test('timeout: a child that does not listen is killed even when the shell is gone at once', async () => {
  const command = `sh -c 'trap "" TERM; echo $$ > "$FOLDER/child"; while :; do sleep 1; done' & wait`
  const { result, folder } = await run(command, { timeoutMs: 16_000 })
  expect(result).toMatchObject({ signal: 'SIGTERM', endedBecause: 'timeout' })
  await untilGone(join(folder, 'child'))
})

test('Ctrl-C ends it: interrupted, not failed', async () => {
  const { outcome, result } = await run('sleep 100', { stopAfterMs: 300 })
  expect(outcome).toEqual({ kind: 'interrupted' })
  expect(result).toMatchObject({ signal: 'SIGTERM', endedBecause: 'interrupted' })
})

test('what it leaves running in the background is let run, and its end is not waited for', async () => {
  const begun = systemClock.monotonic()
  const { outcome, folder } = await run(`sh -c 'echo $$ > "$FOLDER/child"; exec sleep 30' & sleep 0.3`)
  expect(outcome).toEqual({ kind: 'passed' })
  expect(systemClock.monotonic() - begun).toBeLessThan(10_000)
  expect(await isThere(join(folder, 'child'))).toBe(true)
  process.kill(Number(await readFile(join(folder, 'child'), 'utf8')))
})

test('much output is kept whole, and is not in our memory', async () => {
  const before = process.memoryUsage.rss()
  const { outcome, file } = await run('head -c 60000000 /dev/zero')
  expect(outcome).toEqual({ kind: 'passed' })
  expect((await stat(file)).size).toBe(60_000_000)
  expect(process.memoryUsage.rss() - before).toBeLessThan(40_000_000)
})

test('a command that never stops talking is ended before it fills the disk', async () => {
  const { outcome, file } = await run('yes | dd bs=64k iflag=fullblock status=none')
  expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('said more than 64 MiB') })
  expect((await stat(file)).size).toBeGreaterThan(64 * 1024 * 1024)
})

test('without a command there is nothing to run', async () => {
  const listener = { outputPath: () => expect.unreachable(), ended: async () => expect.unreachable() }
  const hooks = new Hooks({ commands: {}, timeoutMs: 1, env: {} }, systemClock, listener)
  expect(await hooks.run('start-consumers', new AbortController().signal)).toEqual({ kind: 'passed' })
})
