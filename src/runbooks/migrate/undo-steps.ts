import { PASSED, type Step } from '../step.js'

/** A move that is given up: replicators were asked for nothing, so nothing is to be undone but what people have stopped. */
export const undoMigration: Step[] = [
  {
    name: 'see-what-is-deleted',
    title: 'see that no replicator was deleted',
    commands: [],
    check: async ({ journal }) => {
      const isDeleted = ['delete-back', 'delete-there'].some(step => journal.hasActed(step))
      if (!isDeleted) return PASSED
      const reason = 'a replicator was deleted already, and does not come back'
      return { kind: 'protected', reason, fix: 'Go on with the migration instead.' }
    },
  },
]
