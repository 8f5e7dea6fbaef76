import type { Command } from 'commander'
import { AWS_GROUP } from '../command-groups.js'
import { asOperation } from '../errors.js'
import type { Shell } from '../shell.js'
import type { Operation } from './model.js'
import { addParameterOptions } from './parameter-options.js'
import type { Parameters } from './parameters.js'
import { inModelOrder, isRecord } from './shape.js'

/** The parts of a mirrored command that are its own. */
export interface OperationCommand {
  summary: string
  /** What it does, when to use it, what to beware of. */
  description: string
  examples: string
  /** Answers the request; a ServiceError is told in the AWS CLI's words. */
  answer(parameters: Parameters, given: Record<string, unknown>): Promise<Record<string, unknown>>
  /** After the answer is printed. */
  afterwards?(): Promise<void>
}

/** Adds a mirrored command: options from the model, the answer printed as `--output` and `--query` ask. */
export function addOperation(program: Command, shell: Shell, operation: Operation, own: OperationCommand): Command {
  const command = program
    .command(operation.command)
    .summary(own.summary)
    .description(own.description)
    .helpGroup(AWS_GROUP)
    .helpOption('-h, --help', 'show this help')
    .addHelpText('before', `Examples:\n${own.examples}\n`)
  addParameterOptions(command.optionsGroup('Options:'), operation)
  return command.action(async (given: Record<string, unknown>) => {
    const { query } = shell.globals
    if (query !== undefined) (await import('./output/query.js')).checkQuery(query)
    const { readParameters } = await import('./parameters.js')
    const parameters = await readParameters(operation, given, shell)
    const answer = await asOperation(operation.name, () => own.answer(parameters, given))
    await printAnswer(answer, operation, shell)
    await own.afterwards?.()
  })
}

/** Prints an answer in the model's order of members, so that all formats agree on what there is. */
export async function printAnswer(answer: Record<string, unknown>, operation: Operation, shell: Shell): Promise<void> {
  const ordered = operation.output === undefined ? {} : inModelOrder(answer, operation.output)
  const { render } = await import('./output/render.js')
  const { output: format, query } = shell.globals
  // Without a terminal the AWS CLI draws its tables 80 columns wide.
  const width = shell.stdout.columns ?? 80
  shell.stdout.write(
    await render(isRecord(ordered) ? ordered : {}, { operation: operation.name, format, query, width }),
  )
}
