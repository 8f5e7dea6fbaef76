import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { picture } from './screens/picture.ts'
import { type Span, textOf } from './screens/terminal.ts'
import { worldTools } from './screens/tools.ts'
import { homeWith, type Look, type Typed, type } from './screens/type.ts'
import { ScreenWorld } from './screens/world.ts'

vi.mock('../../src/runbooks/cluster-tools.ts', () => ({ clusterTools: worldTools }))

interface Scene {
  /** The replicators that are registered: from east to west, and back. */
  replicators?: string[]
  argv: string[]
  world?: Partial<ScreenWorld>
  exitCode: number
  /** Where nobody is there to be asked. */
  unattended?: 6
}

const DR = ['--replicator-name', 'orders-dr']
const BOTH = ['--replicator-name', 'there', 'back']
const MIGRATION = {
  ...{ replicators: ['there', 'back'] },
  world: { orders: { end: 955_627, copied: 955_310 } },
}
const FROZEN = {
  ...({ groupSync: 'frozen', copying: 'on', fencedTopics: [] } as const),
  ...{ by: 'failover r-0f1e2d', at: Date.parse('2026-01-02T13:00:00.000Z') },
}
const AWAY = {
  ...{ producersOn: 'west', consumersOn: 'west', notes: { 'orders-dr': FROZEN } },
  orders: { end: 955_627, copied: 951_627 },
}
/** A failover has put its fence up, and then east was lost. */
const LOST_FENCED: Partial<ScreenWorld> = {
  ...({ lost: 'east', state: 'silent' } as const),
  notes: { 'orders-dr': { ...FROZEN, groupSync: 'on', deniedTopics: ['orders', 'refunds', 'audit'] } },
}
const LATER = { now: Date.parse('2026-01-02T14:01:00.000Z') }
const LEFT_BEHIND: Partial<ScreenWorld> = {
  ...{ ...AWAY, ...LATER, tail: 7 },
  notes: { 'orders-dr': { ...FROZEN, copying: 'stopped' } },
}
/** East was lost while a failover kept producers off; nobody buys anything just now. */
const LEFT_FENCED: Partial<ScreenWorld> = {
  ...{ ...AWAY, writtenPerSecond: 0 },
  notes: { 'orders-dr': { ...FROZEN, deniedTopics: ['orders', 'refunds'] } },
}

const SCENES: Record<string, Scene> = {
  'failover-dry-run': { argv: ['failover', ...DR, '--dry-run'], exitCode: 0 },
  failover: { argv: ['failover', ...DR], exitCode: 0, unattended: 6 },
  'failover-fenced': { argv: ['failover', ...DR, '--fence', 'acl'], exitCode: 0, unattended: 6 },
  'failover-refused': { argv: ['failover', ...DR, '--unplanned'], world: { lost: 'east', tail: 7 }, exitCode: 5 },
  'failover-accepted': {
    argv: ['failover', ...DR, '--unplanned', '--accept-data-loss'],
    ...{ world: { lost: 'east', tail: 7, state: 'silent' }, exitCode: 0, unattended: 6 },
  },
  'failover-fence-left': {
    argv: ['failover', ...DR, '--unplanned', '--accept-data-loss'],
    ...{ world: LOST_FENCED, exitCode: 0, unattended: 6 },
  },
  failback: { argv: ['failback', ...DR], world: AWAY, exitCode: 0, unattended: 6 },
  'failback-fenced': {
    argv: ['failback', ...DR, '--fence', 'acl'],
    ...{ world: LEFT_FENCED, exitCode: 0, unattended: 6 },
  },
  'failback-tail': { argv: ['failback', ...DR], world: LEFT_BEHIND, exitCode: 6 },
  'failback-dry-run': { argv: ['failback', ...DR, '--dry-run'], exitCode: 0 },
  'migrate-ready': { ...MIGRATION, argv: ['migrate', ...BOTH], exitCode: 0 },
  'migrate-group': { ...MIGRATION, argv: ['migrate', ...BOTH, '--group', 'shop'], exitCode: 0, unattended: 6 },
  'migrate-producers': { ...MIGRATION, argv: ['migrate', ...BOTH, '--producers'], exitCode: 0, unattended: 6 },
  'migrate-dry-run': { ...MIGRATION, argv: ['migrate', ...BOTH, '--group', 'shop', '--dry-run'], exitCode: 0 },
  status: { argv: ['status', ...DR], world: LATER, exitCode: 0 },
  'status-fence-left': { argv: ['status', ...DR], world: { ...LOST_FENCED, lost: undefined }, exitCode: 1 },
  'status-wide': { argv: ['status', ...DR, '--wide'], exitCode: 1 },
  wait: { argv: ['wait', ...DR, '--for', 'groups-synced'], world: { consumersOn: undefined }, exitCode: 0 },
  'wait-timed-out': { argv: ['wait', ...DR, '--for', 'caught-up', '--timeout', '30'], exitCode: 4 },
}

/** What the README shows: a moment of a scene, in colours, and so many lines of it. Of a short one all, with its command. */
const PICTURES: Record<string, { scene: string; when?: RegExp; lines?: number }> = {
  'failover-dry-run': { scene: 'failover-dry-run' },
  'failover-stop-producers': { scene: 'failover', when: /GATE 3\/10.*sample 5\n/, lines: 13 },
  'failover-drain': { scene: 'failover', when: /GATE 4\/10.*sample 4\n/, lines: 12 },
  'failover-groups': { scene: 'failover', when: /GATE 6\/10(.*\n)*.*syncing/, lines: 12 },
  'failover-done': { scene: 'failover', lines: 25 },
  'failover-refused': { scene: 'failover-refused', lines: 21 },
  'failback-tail': { scene: 'failback-tail', lines: 24 },
  'failback-done': { scene: 'failback', lines: 39 },
  'migrate-ready': { scene: 'migrate-ready', when: /groups of back.*sample 4\n/, lines: 32 },
  'migrate-group': { scene: 'migrate-group', lines: 24 },
  status: { scene: 'status' },
  wait: { scene: 'wait' },
}

const LOOKS: Record<string, Look> = {
  80: { width: 80, env: { NO_COLOR: '1' } },
  'ascii-60': { width: 60, env: { LANG: 'C', TERM: 'dumb' } },
  140: { width: 140, env: { NO_COLOR: '1' } },
  log: { env: {} },
}

async function play(name: string, look: Look): Promise<Typed> {
  const { replicators = ['orders-dr'], argv, world } = structuredClone(SCENES[name]) as Scene
  return await type(argv, Object.assign(new ScreenWorld(), world), look, await homeWith(...replicators))
}

function lastOf({ moments }: Typed): Span[][] {
  return moments.at(-1) ?? []
}

test.each(Object.keys(SCENES).flatMap(name => Object.keys(LOOKS).map(look => [name, look] as const)))(
  '%s, %s: as the golden file has it',
  async (name, look) => {
    const typed = await play(name, LOOKS[look] as Look)
    const { exitCode, unattended } = SCENES[name] as Scene
    expect(typed.exitCode).toBe(look === 'log' ? (unattended ?? exitCode) : exitCode)
    const text = `${lastOf(typed).map(textOf).join('\n')}\n`
    await expect(text).toMatchFileSnapshot(`golden/screens/${name}-${look}.txt`)
  },
)

describe('the pictures of the README', () => {
  test.each(Object.entries(PICTURES))(
    '%s is what the program draws (npm run screens draws them anew)',
    async (name, about) => {
      const { scene, when, lines = Number.POSITIVE_INFINITY } = about
      const typed = await play(scene, { width: 80, env: {} })
      const textAt = (shown: Span[][]) => shown.map(textOf).join('\n')
      const shown = when === undefined ? lastOf(typed) : typed.moments.find(moment => when.test(textAt(moment)))
      expect(shown).toBeDefined()
      const command = `$ kafka-replicator ${SCENES[scene]?.argv.join(' ')}`
      const whole = [[{ text: command, looks: [1] }], ...(shown ?? [])]
      await expect(picture(command.slice(2), whole.slice(-lines))).toMatchFileSnapshot(
        `../../examples/screens/${name}.svg`,
      )
    },
  )

  test('are all shown there, and no other ones lie beside them', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url))
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    const files = Object.keys(PICTURES).map(name => `examples/screens/${name}.svg`)
    expect([...readme.matchAll(/examples\/screens\/[\w-]+\.svg/g)].map(([file]) => file).toSorted()).toEqual(
      files.toSorted(),
    )
    expect((await readdir(join(root, 'examples/screens'))).map(file => `examples/screens/${file}`).toSorted()).toEqual(
      files.toSorted(),
    )
  })
})
