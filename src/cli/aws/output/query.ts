import jmespath from 'jmespath'
import { ExitCode, messageOf } from '../../../errors.js'
import { UsageError } from '../../errors.js'

/** Fails early, before anything is done, when the `--query` expression cannot be read. */
export function checkQuery(expression: string): void {
  try {
    // The types know `search` only; searching nothing compiles the expression all the same.
    jmespath.search(null, expression)
  } catch (error) {
    if (!isSyntaxError(error)) return // A fault of evaluation on nothing: the real answer may well fit.
    throw new UsageError(`Bad value for --query ${expression}: Invalid jmespath expression: ${messageOf(error)}`)
  }
}

/** The part of the answer that the JMESPath expression selects. */
export function applyQuery(result: unknown, expression: string): unknown {
  try {
    return jmespath.search(result, expression)
  } catch (error) {
    throw new UsageError(`Bad value for --query ${expression}: ${messageOf(error)}`, { exitCode: ExitCode.Other })
  }
}

function isSyntaxError(error: unknown): boolean {
  return error instanceof Error && (error.name === 'ParserError' || error.name === 'LexerError')
}
