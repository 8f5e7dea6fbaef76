import type { Command } from 'commander'
import { AWS_GROUP } from '../command-groups.js'
import { asOperation } from '../errors.js'
import type { Shell } from '../shell.js'
import type { Operation } from './model.js'
import type { Rendering } from './output/render.js'
import type { PagingOptions } from './pages.js'
import { addAnswerOptions, addParameterOptions } from './parameter-options.js'
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
  addAnswerOptions(command, operation)
  return command.action(async (given: Record<string, unknown>) => {
    const { query } = shell.globals
    if (query !== undefined) (await import('./output/query.js')).checkQuery(query)
    const skeleton = given.generateCliSkeleton
    if (skeleton !== undefined && skeleton !== 'output') return await printInputSkeleton(operation, skeleton, shell)
    const { readParameters } = await import('./parameters.js')
    const parameters = await readParameters(operation, given, shell)
    if (skeleton === 'output') return await printOutputSkeleton(operation, shell)
    const ask = (input: Parameters['input']) =>
      asOperation(operation.name, () => own.answer({ ...parameters, input }, given))
    await answerTo(parameters.input, given, ask, operation, shell)
    await own.afterwards?.()
  })
}

type Ask = (input: Record<string, unknown>) => Promise<Record<string, unknown>>

async function answerTo(
  input: Record<string, unknown>,
  paging: PagingOptions,
  ask: Ask,
  operation: Operation,
  shell: Shell,
): Promise<void> {
  const { isPaginated, readPages } = await import('./pages.js')
  const { pagesOf } = operation
  if (pagesOf === undefined || !isPaginated(operation, input, paging, shell.globals.paginate)) {
    return await printAnswer(await ask(input), operation, shell)
  }
  if (Number(paging.maxItems) <= 0) {
    shell.stderr.write('warning: Non-positive values for --max-items may result in undefined behavior.\n')
  }
  const ordered = async (asked: Record<string, unknown>) => inOrder(await ask(asked), operation)
  const pages = await readPages(pagesOf, input, paging, ordered)
  const { renderPages } = await import('./output/render.js')
  shell.stdout.write(await renderPages(pages, pagesOf, rendering(operation, shell)))
}

async function printInputSkeleton(operation: Operation, kind: unknown, shell: Shell): Promise<void> {
  const { inputSkeleton, yamlSkeleton } = await import('./skeleton.js')
  // Neither --output nor --query has a say: it is meant for a file.
  if (kind === 'yaml-input') return shell.stdout.write(yamlSkeleton(operation))
  shell.stdout.write((await import('./output/json.js')).toJson(inputSkeleton(operation)))
}

async function printOutputSkeleton(operation: Operation, shell: Shell): Promise<void> {
  const { outputSkeleton } = await import('./skeleton.js')
  await printAnswer(outputSkeleton(operation), operation, shell)
}

/** Prints an answer in the model's order of members, so that all formats agree on what there is. */
export async function printAnswer(answer: Record<string, unknown>, operation: Operation, shell: Shell): Promise<void> {
  const { render } = await import('./output/render.js')
  shell.stdout.write(await render(inOrder(answer, operation), rendering(operation, shell)))
}

function inOrder(answer: Record<string, unknown>, { output }: Operation): Record<string, unknown> {
  const ordered = output === undefined ? {} : inModelOrder(answer, output)
  return isRecord(ordered) ? ordered : {}
}

function rendering({ name }: Operation, { globals, stdout }: Shell): Rendering {
  // Without a terminal the AWS CLI draws its tables 80 columns wide.
  return { operation: name, format: globals.output, query: globals.query, width: stdout.columns ?? 80 }
}
