import type { DemoWorld } from './world.js'

/** One thing the demo shows: a title, why one would do it, and what it does in the demo's world. */
export interface Step {
  readonly title: string
  /** One or two sentences: what happens here and why. */
  readonly explain: string
  /** With `--keep`, the replicator is left running to play with, so what ends it is left out. */
  readonly endsReplicator?: true
  /** Throws a UserError when the world is not as the demo promises. */
  act(world: DemoWorld): Promise<void>
}

/** Steps that tell one story together; later chapters go on in the world that earlier ones have left. */
export interface Chapter {
  readonly title: string
  readonly steps: readonly Step[]
}
