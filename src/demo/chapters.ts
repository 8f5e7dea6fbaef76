import type { Chapter } from './step.js'
import { acceptLoss } from './steps/accept-loss.js'
import { countMessages } from './steps/count-messages.js'
import { countOnSource } from './steps/count-on-source.js'
import { createReplicator } from './steps/create-replicator.js'
import { createTopic } from './steps/create-topic.js'
import { deleteReplicator } from './steps/delete-replicator.js'
import { failBack } from './steps/fail-back.js'
import { failOver } from './steps/fail-over.js'
import { findTail } from './steps/find-tail.js'
import { goOnOnSource } from './steps/go-on-on-source.js'
import { killReplicator } from './steps/kill-replicator.js'
import { lookAtIt } from './steps/look-at-it.js'
import { loseSource } from './steps/lose-source.js'
import { proveIt } from './steps/prove-it.js'
import { readAsGroupOnSource } from './steps/read-as-group-on-source.js'
import { readAsGroupOnTarget } from './steps/read-as-group-on-target.js'
import { readTarget } from './steps/read-target.js'
import { refuseFailover } from './steps/refuse-failover.js'
import { runReplicator } from './steps/run-replicator.js'
import { sendAnother } from './steps/send-another.js'
import { sendOnTarget } from './steps/send-on-target.js'
import { startClusters } from './steps/start-clusters.js'
import { stopReplicator } from './steps/stop-replicator.js'
import { validateFiles } from './steps/validate-files.js'
import { writeFiles } from './steps/write-files.js'

/** What `demo` plays, in this order. A new chapter is a list here and its steps beside the others. */
export const CHAPTERS: readonly Chapter[] = [
  { title: 'Two clusters', steps: [startClusters, createTopic] },
  {
    title: 'From three files to a running replicator',
    steps: [writeFiles, validateFiles, createReplicator, runReplicator],
  },
  { title: 'Records cross', steps: [lookAtIt, sendAnother, readTarget, proveIt] },
  {
    title: 'Failover: the applications move, each step proved',
    steps: [readAsGroupOnSource, failOver, sendOnTarget, readAsGroupOnTarget],
  },
  { title: 'Failback: they come home, and so do messages 3 and 4', steps: [failBack, countOnSource, goOnOnSource] },
  { title: 'kill -9 in the middle, nothing lost or doubled', steps: [killReplicator, countMessages] },
  {
    title: 'The source is lost, and no record silently',
    steps: [stopReplicator, loseSource, refuseFailover, acceptLoss, findTail],
  },
  { title: 'The end', steps: [deleteReplicator] },
]
