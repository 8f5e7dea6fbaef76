import { expect, test, vi } from 'vitest'
import { picture } from './screens/picture.ts'
import { type Span, textOf } from './screens/terminal.ts'
import { homeWith, type Look, type Typed, type } from './screens/type.ts'
import { ScreenWorld } from './screens/world.ts'

// Brokers take no part: what is asked of them is done, and what is compared is equal.
vi.mock('../../src/runbooks/cluster-tools.ts', () => ({
  clusterTools: () => ({
    control: async () => {},
    verify: async () => ({ verdict: 'equal', recordsEqual: 3_204 }),
    planFence: async () => [],
    createRules: async () => {},
    deleteRules: async () => {},
  }),
}))

interface Scene {
  /** The replicators that are registered: from east to west, and back. */
  replicators?: string[]
  argv: string[]
  world?: Partial<ScreenWorld>
  exitCode: number
}

const DR = ['--replicator-name', 'orders-dr']
const BOTH = ['--replicator-name', 'there', 'back']
const MIGRATION = { replicators: ['there', 'back'] }
const AWAY = { producersOn: 'west', consumersOn: 'west', frozenBy: 'failover r-0f1e2d' }
const LEFT_BEHIND = {
  ...{ ...AWAY, state: 'failed', tail: 7 },
  stoppedBy: { by: 'failover r-0f1e2d', at: '2026-01-02T13:00:00.000Z' },
} as const

const SCENES: Record<string, Scene> = {
  'failover-dry-run': { argv: ['failover', ...DR, '--dry-run', '--on', 'stop-producers=./shop.sh stop'], exitCode: 0 },
  failover: { argv: ['failover', ...DR], exitCode: 0 },
  'failover-fenced': { argv: ['failover', ...DR, '--fence', 'acl'], exitCode: 0 },
  'failover-refused': { argv: ['failover', ...DR, '--unplanned'], world: { lost: 'east', tail: 7 }, exitCode: 5 },
  'failover-accepted': {
    argv: ['failover', ...DR, '--unplanned', '--accept-data-loss'],
    ...{ world: { lost: 'east', tail: 7, state: 'silent' }, exitCode: 0 },
  },
  failback: { argv: ['failback', ...DR], world: AWAY, exitCode: 0 },
  'failback-tail': { argv: ['failback', ...DR], world: LEFT_BEHIND, exitCode: 6 },
  'failback-dry-run': { argv: ['failback', ...DR, '--dry-run'], exitCode: 0 },
  'migrate-ready': { ...MIGRATION, argv: ['migrate', ...BOTH], exitCode: 0 },
  'migrate-group': { ...MIGRATION, argv: ['migrate', ...BOTH, '--group', 'shop'], exitCode: 0 },
  'migrate-producers': { ...MIGRATION, argv: ['migrate', ...BOTH, '--producers'], exitCode: 0 },
  'migrate-dry-run': { ...MIGRATION, argv: ['migrate', ...BOTH, '--group', 'shop', '--dry-run'], exitCode: 0 },
  status: { argv: ['status', ...DR], exitCode: 0 },
  'status-wide': { argv: ['status', ...DR, '--wide'], exitCode: 0 },
  wait: { argv: ['wait', ...DR, '--for', 'groups-synced'], world: { consumersOn: undefined }, exitCode: 0 },
  'wait-timed-out': { argv: ['wait', ...DR, '--for', 'caught-up', '--timeout', '30'], exitCode: 4 },
}

const LOOKS: Record<string, Look> = {
  80: { width: 80, env: { NO_COLOR: '1' } },
  'ascii-60': { width: 60, env: { LANG: 'C', TERM: 'dumb' } },
  140: { width: 140, env: { NO_COLOR: '1' } },
  log: { env: {} },
}

async function play(name: string, look: Look): Promise<Typed> {
  const { replicators = ['orders-dr'], argv, world } = SCENES[name] as Scene
  return await type(argv, Object.assign(new ScreenWorld(), world), look, await homeWith(...replicators))
}

function lastOf({ moments }: Typed): Span[][] {
  return moments.at(-1) ?? []
}

test.each(Object.keys(SCENES).flatMap(name => Object.keys(LOOKS).map(look => [name, look] as const)))(
  '%s, %s: as the golden file has it',
  async (name, look) => {
    const typed = await play(name, LOOKS[look] as Look)
    const text = `${lastOf(typed).map(textOf).join('\n')}\n`
    await expect(text).toMatchFileSnapshot(`golden/screens/${name}-${look}.txt`)
  },
)
