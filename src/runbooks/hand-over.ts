import type { RunbookContext } from './context.js'
import type { HookCommands, HookName } from './hooks.js'
import { type Act, PASSED, type StepOutcome } from './step.js'

/**
 * An act that the user's command does, or a person where there is none. Without a terminal the runbook stops there (6),
 * and who resumes it says that it was done; a gate behind it should see whether that is so.
 *
 * @param instruction for the person: `Stop all producers on the source.`
 */
export function handOver(step: string, hook: HookName, instruction: string): Act {
  return {
    isDone: async ({ hooks, journal }) => {
      if (hooks.command(hook) !== undefined) return 'unknown'
      return journal.lastStop(step)?.outcome.kind === 'person'
    },
    run: async context =>
      context.hooks.command(hook) === undefined
        ? await byPerson(hook, instruction, context)
        : await context.hooks.run(hook, context.stop),
  }
}

/** For `--dry-run`: the command that would be run; nothing where a person is asked. */
export function commandsOf(hook: HookName, hooks: HookCommands): string[] {
  const command = hooks[hook]
  return command === undefined ? [] : [command]
}

async function byPerson(hook: HookName, instruction: string, context: RunbookContext): Promise<StepOutcome> {
  await context.say(instruction)
  switch (await context.ask('Is that done?')) {
    case 'yes':
      return PASSED
    case 'interrupted':
      return { kind: 'interrupted' }
    case 'no':
    case 'nobody-there':
      return {
        kind: 'person',
        reason: instruction,
        fix: `Resume when that is done. Next time --on ${hook}='<command>' can do it.`,
      }
  }
}
