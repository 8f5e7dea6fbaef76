import { demoFiles } from '../files.js'
import type { Step } from '../step.js'

/** The whole configuration. */
export const writeFiles: Step = {
  title: 'Three files say what to copy',
  explain:
    'The files of `aws kafka create-replicator`, unchanged: the clusters, what goes from which to which and how, and where logs go. Same topic names (IDENTICAL), from the first record on (EARLIEST).',
  async act(world) {
    for (const [fileName, text] of Object.entries(demoFiles(world.clusters))) {
      await world.folder.write(fileName, text)
      await world.type(`cat ${fileName}`)
    }
  },
}
