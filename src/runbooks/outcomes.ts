import type { Answer } from './context.js'
import { PASSED, type StepOutcome } from './step.js'

/** It must not go on, and waiting would not help. */
export function no(reason: string, fix?: string): StepOutcome {
  return { kind: 'no', reason, fix }
}

/** What a confirmation comes to. */
export function confirmed(answer: Answer): StepOutcome {
  switch (answer) {
    case 'yes':
      return PASSED
    case 'no':
      return no('it was not confirmed')
    case 'interrupted':
      return { kind: 'interrupted' }
    case 'nobody-there':
      return {
        kind: 'person',
        reason: 'it waits for a confirmation',
        goOn: [{ text: 'To confirm it:', flags: '--yes' }],
      }
  }
}
