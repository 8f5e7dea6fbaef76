import type { Step } from '../step.js'

/** The check that needs no cluster. */
export const validateFiles: Step = {
  title: 'Check the files',
  explain:
    "Without any network: shape, the service's own rules, patterns. A fault is shown with its line and column, and what to write instead.",
  async act(world) {
    await world.type('kafka-replicator validate kafka-clusters.json \\\n  replication-info.json log-delivery.json')
  },
}
