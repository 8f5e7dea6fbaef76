import type { RunbookContext } from '../context.js'
import type { HookName } from '../hooks.js'
import { type Act, PASSED, type StepOutcome } from '../step.js'

/**
 * What only the owner of the applications can do: by a command of theirs (`--on stop-producers=…`), else a person is asked
 * to do it. Whether it was done is never believed: the gate behind it looks.
 */
export function askedOrHooked(hook: HookName, request: (context: RunbookContext) => string): Act {
  return {
    isDone: async ({ hooks }) => (hooks.command(hook) === undefined ? false : 'unknown'),
    run: async context => {
      if (context.hooks.command(hook) !== undefined) return await context.hooks.run(hook, context.stop)
      return answered(await context.ask(`${request(context)} Done?`), hook)
    },
  }
}

function answered(answer: Awaited<ReturnType<RunbookContext['ask']>>, hook: HookName): StepOutcome {
  switch (answer) {
    case 'yes':
      return PASSED
    case 'interrupted':
      return { kind: 'interrupted' }
    default: {
      const fix = `Do it and resume, or give a command for it: --on ${hook}='…'`
      return { kind: 'person', reason: `${hook.replace('-', ' ')}: a person has to do it`, fix }
    }
  }
}
