import type { Command } from 'commander'
import type { MetricsServer } from '../../metrics/metrics-server.js'
import { createReplicator } from '../aws/model.js'
import { addOperation } from '../aws/operation-command.js'
import type { Parameters } from '../aws/parameters.js'
import { UsageError } from '../errors.js'
import { namespaceOf } from '../open-cloudwatch.js'
import { openMetrics } from '../open-metrics.js'
import { addRunOptions, overridesOf, type RunOptions, runOnlyFlag } from '../run-options.js'
import type { RunRequest } from '../run-replicators.js'
import { type Shell, warn } from '../shell.js'

const EXAMPLES = `  kafka-replicator create-replicator \\
    --replicator-name orders-dr \\
    --service-execution-role-arn arn:aws:iam::123456789012:role/replicator \\
    --kafka-clusters file://kafka-clusters.json \\
    --replication-info-list file://replication-info.json

  The same, and run it at once:
  kafka-replicator create-replicator … --run`

const DESCRIPTION = `Registers a replicator: the same options, files and answer as \`aws kafka create-replicator\`.
It copies nothing until it runs: add --run, or start it with \`kafka-replicator run\`.
Starting position, topic names and compression cannot be changed afterwards.`

/** `create-replicator`: registers, answers as AWS does, and runs with `--run`. */
export function addCreateReplicator(program: Command, shell: Shell): void {
  let toRun: RunRequest | undefined
  let metrics: MetricsServer | undefined
  let namespace: string | undefined
  const command = addOperation(program, shell, createReplicator, {
    summary: 'register a replicator, and run it with --run',
    description: DESCRIPTION,
    examples: EXAMPLES,
    answer: async (parameters, given) => {
      const options = given as CreateOptions
      refuseRunOptionsWithoutRun(options)
      namespace = namespaceOf(options.cloudwatchMetrics)
      metrics = await openMetrics(options.metricsPort)
      const { answer, run } = await register(parameters, options, shell)
      toRun = run
      return answer
    },
    afterwards: async () => {
      if (toRun === undefined) return
      const { runReplicators } = await import('../run-replicators.js')
      shell.exitCode = await runReplicators([toRun], shell, metrics, namespace)
    },
  })
  addRunOptions(command)
  command.option('--run', 'run it in the foreground after the answer')
}

interface CreateOptions extends RunOptions {
  run?: boolean
}

async function register(
  parameters: Parameters,
  given: CreateOptions,
  shell: Shell,
): Promise<{ answer: Record<string, unknown>; run: RunRequest | undefined }> {
  const { checkRequest } = await import('../check-request.js')
  const { connectionsPath } = await import('../connections-file.js')
  const { loadConnections } = await import('../../config/load-connections.js')
  const request = await checkRequest(parameters)
  const registry = await shell.registry()
  await registry.refuseNameInUse(request.ReplicatorName)
  const connectionsFile = given.connections === undefined ? undefined : connectionsPath(given.connections, shell)
  const connections = connectionsFile === undefined ? undefined : await loadConnections(connectionsFile)
  const overrides = overridesOf(given)
  const { toReplicatorOptions } = await import('../../config/replicator-options.js')
  if (given.run) {
    // Whatever can fail fails before there is something half-registered. The progress id comes with the ARN.
    const engine = await shell.engine()
    await engine.preflight(await toReplicatorOptions(request, connections, 'preflight', overrides, shell.env))
  }
  const definition = await registry.create(request, { region: shell.globals.region, connectionsFile })
  const { quotaWarnings } = await import('../../registry/quotas.js')
  for (const warning of quotaWarnings((await registry.list()).definitions, definition)) warn(shell, warning)
  const { optionsOf } = await import('../replicator-states.js')
  const run = given.run ? { definition, options: await optionsOf(definition, overrides, shell.env) } : undefined
  const { ReplicatorArn } = definition
  return { answer: { ReplicatorArn, ReplicatorName: request.ReplicatorName, ReplicatorState: 'CREATING' }, run }
}

function refuseRunOptionsWithoutRun(given: CreateOptions): void {
  const flag = runOnlyFlag(given)
  if (given.run || flag === undefined) return
  throw new UsageError(`argument ${flag}: only together with --run`, {
    fix: 'It belongs to a run and is not kept: give it to `kafka-replicator run` each time.',
  })
}
