import { ExitCode } from '../../errors.js'
import type { Step } from '../step.js'
import { STOP_TIMEOUT_MS, unexpectedEnd } from '../world.js'

/** A clean end of the engine. */
export const stopReplicator: Step = {
  title: 'Stop it',
  explain:
    'SIGTERM, or Ctrl-C in its terminal: it waits until everything on its way is acknowledged and notes how far it is. `run` would go on from there.',
  endsReplicator: true,
  async act({ background, narrator }) {
    narrator.command('kill %1')
    background.terminate()
    const exitCode = await narrator.during('', () => background.end(STOP_TIMEOUT_MS))
    narrator.output(background.takeOutput())
    if (exitCode !== ExitCode.Done) throw unexpectedEnd('kafka-replicator run', exitCode)
  },
}
