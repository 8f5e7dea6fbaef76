import type { Engine, RunnableReplicator } from '../../src/cli/engine.ts'
import type { ExitCode } from '../../src/errors.ts'
import type { EventListener } from '../../src/events.ts'
import type { ReplicatorSnapshot } from '../../src/replication/snapshot.ts'
import { NO_ENGINE } from './fake-shell.ts'

type End = { exitCode: ExitCode; reason?: string }

/** A replicator that does nothing until it is told to end. */
export class FakeReplicator implements RunnableReplicator {
  readonly ended: Promise<End>
  end: (end: End) => void = () => {}
  readonly #name: string
  readonly #failure: Error | undefined
  readonly #drains: boolean
  listener: EventListener = () => {}

  constructor(name: string, behaviour: { failure?: Error; drains?: boolean } = {}) {
    this.#name = name
    this.#failure = behaviour.failure
    this.#drains = behaviour.drains ?? true
    this.ended = new Promise(resolve => {
      this.end = resolve
    })
  }

  onEvent(listener: EventListener): void {
    this.listener = listener
  }

  async start(): Promise<void> {
    if (this.#failure) throw this.#failure
    this.listener({ code: 'topic-created', level: 'info', message: 'orders created on the target', data: {} })
  }

  updates: Parameters<RunnableReplicator['update']>[0][] = []
  /** What the next update fails with. */
  refusal: Error | undefined
  async update(selection: Parameters<RunnableReplicator['update']>[0]): Promise<void> {
    if (this.refusal) throw this.refusal
    this.updates.push(selection)
  }

  async stop(): Promise<void> {
    if (!this.#drains) await new Promise(() => {})
    this.end({ exitCode: 0 })
  }

  snapshot(): ReplicatorSnapshot {
    const at = Date.UTC(2026, 0, 2, 14, 2, 31)
    const totals = { recordsCopied: 951_402, bytesCopied: 1, topics: [], clusters: [], groups: undefined }
    return { replicatorName: this.#name, state: 'running', reason: undefined, at, startedAt: at, ...totals }
  }
}

/** An engine that makes these, one after the other. */
export function engineOf(replicators: FakeReplicator[]): Engine {
  const queue = [...replicators]
  return { ...NO_ENGINE, create: () => queue.shift() ?? new FakeReplicator('surplus') }
}
