import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Needs `npm run build`, as every test with a process of its own. */
const CHILD = fileURLToPath(new URL('runbook-child.mjs', import.meta.url))
const EFFECTS = ['freeze', 'create', 'stop-producers', 'start-consumers']
const AT_ONCE = 4

async function live(folder: string, killAt: number) {
  const child = spawn(process.execPath, [CHILD, folder, String(killAt)], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [exitCode, signal] = await once(child, 'exit')
  return { exitCode, signal }
}

test('kill -9 at every point, and again in the next life: resumed to its end, every effect is there once', async () => {
  const home = await temporaryFolder()
  const whole = join(home, 'whole')
  await mkdir(whole)
  expect(await live(whole, 0)).toEqual({ exitCode: 0, signal: null })
  const points = Number(await readFile(join(whole, 'points'), 'utf8'))
  expect(points).toBeGreaterThan(30)

  const left = Array.from({ length: points }, (_, i) => i + 1)
  const killEverywhere = async () => {
    for (let killAt = left.shift(); killAt !== undefined; killAt = left.shift()) {
      const folder = join(home, String(killAt))
      await mkdir(folder)
      const place = `killed at point ${killAt} of ${points}`
      expect(await live(folder, killAt), place).toEqual({ exitCode: null, signal: 'SIGKILL' })
      // The second kill comes soon after what the first one left open was settled; near the end there may be none.
      const second = await live(folder, 3)
      if (second.signal === null) expect(second.exitCode, place).toBe(0)
      expect(await live(folder, 0), place).toEqual({ exitCode: 0, signal: null })
      const effects = (await readFile(join(folder, 'effects'), 'utf8')).trim().split('\n')
      expect(effects, place).toEqual(EFFECTS)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, killEverywhere))
}, 180_000)
