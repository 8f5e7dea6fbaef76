import type { Chapter } from './step.js'
import { askForGroups } from './steps/ask-for-groups.js'
import { countMessages } from './steps/count-messages.js'
import { createReplicator } from './steps/create-replicator.js'
import { createTopic } from './steps/create-topic.js'
import { deleteReplicator } from './steps/delete-replicator.js'
import { killReplicator } from './steps/kill-replicator.js'
import { lookAtIt } from './steps/look-at-it.js'
import { proveIt } from './steps/prove-it.js'
import { readAsGroupOnSource } from './steps/read-as-group-on-source.js'
import { readAsGroupOnTarget } from './steps/read-as-group-on-target.js'
import { readTarget } from './steps/read-target.js'
import { runReplicator } from './steps/run-replicator.js'
import { sendAnother } from './steps/send-another.js'
import { sendTwoMore } from './steps/send-two-more.js'
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
    title: 'A consumer group changes sides and reads nothing twice',
    steps: [readAsGroupOnSource, sendTwoMore, askForGroups, readAsGroupOnTarget],
  },
  { title: 'kill -9 in the middle, nothing lost or doubled', steps: [killReplicator, countMessages] },
  { title: 'The end', steps: [stopReplicator, deleteReplicator] },
]
