import { ExitCode } from '../errors.js'
import type { EventListener } from '../events.js'
import type { MetricsServer } from '../metrics/metrics-server.js'
import type { ReplicatorDefinition } from '../registry/definition.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import type { ReplicatorSnapshot } from '../replication/snapshot.js'
import { LINE_INTERVAL_MS, LiveView, REDRAW_MS } from '../ui/live-view.js'
import { eventLine } from '../ui/status-line.js'
import type { Engine } from './engine.js'
import { openCloudWatch } from './open-cloudwatch.js'
import { deliveryWith, ReplicatorLogs, targetRegion } from './replicator-logs.js'
import type { Shell } from './shell.js'
import { wantsColor, wantsUnicode } from './shell.js'
import { finishDeletion, type Watched, watchDefinitions } from './watch-definitions.js'

export interface RunRequest {
  options: ReplicatorOptions
  /** Undefined when it runs straight from files. */
  definition?: ReplicatorDefinition | undefined
  /** What was in the files then. */
  files?: Pick<ReplicatorDefinition, 'Request' | 'ConnectionsFile'> | undefined
}

/** Beyond this a broker does not answer any more; what it did not acknowledge is sent again at the next start. */
const DRAIN_MS_MAX = 30_000

/** Where things are said: above the tables, and not across the spinner. */
interface Stage {
  view: LiveView
  shell: Shell
  spinner: { stop(): unknown; clear(): unknown } | undefined
}

interface Running extends Watched {
  logs: ReplicatorLogs
  result: { exitCode: ExitCode; reason?: string | undefined } | undefined
}

/**
 * Runs replicators in the foreground until each has ended by itself or a signal asks to stop. The first signal drains
 * and ends with 0, a second one ends at once with 130. When one replicator ends by itself the others go on.
 * `namespace`: where CloudWatch gets metrics; undefined: nowhere.
 */
export async function runReplicators(
  requests: readonly RunRequest[],
  shell: Shell,
  metrics?: MetricsServer,
  namespace?: string,
): Promise<ExitCode> {
  const engine = await shell.engine()
  const stage: Stage = { view: viewOf(shell), shell, spinner: undefined }
  const running = await Promise.all(requests.map(request => create(request, engine, stage)))
  metrics?.show(() => running.map(snapshotOf))
  const cloudWatch = namespace === undefined ? undefined : await cloudWatchFor(running, namespace, stage)
  const stop = new AbortController()
  const giveUp = new AbortController()
  const forgetSignals = shell.onStopSignal(() => (stop.signal.aborted ? giveUp : stop).abort())
  try {
    return await race(runToEnd(running, stop, stage), giveUp.signal, ExitCode.Interrupted)
  } finally {
    forgetSignals()
    if (!giveUp.signal.aborted) await Promise.all([cloudWatch?.close(), ...running.map(({ logs }) => logs.close())])
    metrics?.close()
  }
}

async function runToEnd(running: Running[], stop: AbortController, stage: Stage): Promise<ExitCode> {
  const { shell, view } = stage
  try {
    await startAll(running, stop.signal, stage)
  } catch (error) {
    await stopAll(running, shell)
    throw error
  }
  const ended = new AbortController()
  const allEnded = Promise.all(running.map(one => noteEnd(one, stage))).then(() => ended.abort())
  const watching = watchDefinitions(running, AbortSignal.any([stop.signal, ended.signal]), shell, text =>
    say(text, stage),
  )
  await showUntil(running, AbortSignal.any([stop.signal, ended.signal]), stage)
  if (!ended.signal.aborted) {
    say('stopping: waits for what is on its way to be acknowledged (Ctrl-C again to quit at once)', stage)
    const drained = await stopAll(running, shell)
    if (drained) await allEnded
  }
  ended.abort()
  await watching
  shell.stdout.write(view.frame(running.map(snapshotOf)))
  await rememberStopped(running, shell)
  for (const one of running) shell.stdout.write(lastLine(one))
  return worst(running)
}

async function create(request: RunRequest, engine: Engine, stage: Stage): Promise<Running> {
  const tell: EventListener = event => {
    // One such line a minute for each replicator tells a person nothing; log delivery has them.
    if (event.code === 'groups-committed') return
    say(eventLine(request.options.name, event, stage.shell.clock.now()), stage)
  }
  const logs = new ReplicatorLogs(deliveryWith(stage.shell, tell), tell)
  await logs.begin(requestOf(request))
  const replicator = engine.create(request.options)
  replicator.onEvent(event => {
    tell(event)
    logs.record(event)
  })
  return { request, replicator, logs, result: undefined }
}

/** Sends to the region of the first target: one process is one sender. */
async function cloudWatchFor(running: readonly Running[], namespace: string, stage: Stage) {
  const { clock, env } = stage.shell
  const region = targetRegion(requestOf(running[0]?.request))
  const snapshots = () => running.map(snapshotOf)
  const tell = (message: string) => say(message, stage)
  return await openCloudWatch({ namespace, env, region, clock, snapshots, tell })
}

function requestOf(request: RunRequest | undefined) {
  return (request?.definition ?? request?.files)?.Request
}

/** What the replicator knows of itself, and where its logs went. */
function snapshotOf({ replicator, logs }: Running): ReplicatorSnapshot {
  const logSinks = logs.snapshot()
  return logSinks.length === 0 ? replicator.snapshot() : { ...replicator.snapshot(), logSinks }
}

async function startAll(running: Running[], stop: AbortSignal, stage: Stage): Promise<void> {
  const { shell } = stage
  const names = running.map(({ request }) => request.options.name).join(', ')
  stage.spinner = await startSpinner(`starting ${names}: connecting to both clusters`, shell)
  try {
    await race(Promise.all(running.map(({ replicator }) => replicator.start())), stop, undefined)
  } finally {
    stage.spinner?.stop()
    stage.spinner = undefined
  }
  const registry = await shell.registry()
  for (const { request } of running) {
    if (request.definition !== undefined) await registry.rememberState(request.definition, 'RUNNING')
  }
}

async function startSpinner(text: string, shell: Shell): Promise<Stage['spinner']> {
  if (!shell.stdout.isTTY) return undefined
  const { default: ora } = await import('ora')
  return ora({ text, discardStdin: false }).start()
}

function say(text: string, { shell, spinner, view }: Stage): void {
  spinner?.clear()
  shell.stdout.write(view.line(text))
}

/** Redraws until the signal comes. */
async function showUntil(running: Running[], end: AbortSignal, { shell, view }: Stage): Promise<void> {
  const interval = shell.stdout.isTTY ? REDRAW_MS : LINE_INTERVAL_MS
  while (!end.aborted) {
    shell.stdout.write(view.frame(running.map(snapshotOf)))
    await shell.clock.sleep(interval, end)
  }
}

async function noteEnd(one: Running, stage: Stage): Promise<void> {
  one.result = await one.replicator.ended
  const { exitCode, reason } = one.result
  if (exitCode === ExitCode.Done) return
  say(`${one.request.options.name} ended by itself: ${reason ?? `exit code ${exitCode}`}`, stage)
}

/** Asks all to drain; false when that took too long. */
async function stopAll(running: Running[], shell: Shell): Promise<boolean> {
  const limit = new AbortController()
  const drained = Promise.all(running.map(({ replicator }) => replicator.stop())).then(() => true)
  const tooLong = shell.clock.sleep(DRAIN_MS_MAX, limit.signal).then(() => false)
  try {
    return await Promise.race([drained, tooLong])
  } finally {
    limit.abort()
  }
}

async function rememberStopped(running: Running[], shell: Shell): Promise<void> {
  const registry = await shell.registry()
  for (const one of running) {
    const { definition } = one.request
    if (definition === undefined) continue
    const found = await registry.find(definition.Request.ReplicatorName)
    // Deleted meanwhile: its state file went with it and must not come back.
    if (found?.ReplicatorArn !== definition.ReplicatorArn) continue
    if (found.Deleting) {
      one.isDeleted = true
      await finishDeletion(one.request, shell, text => shell.stderr.write(`${text}\n`))
    } else await registry.rememberState(found, 'FAILED')
  }
}

function lastLine({ request, result, isDeleted }: Running): string {
  const { name } = request.options
  if (isDeleted) return `${name} was deleted; what it had copied by then stays\n`
  const again =
    request.definition === undefined
      ? 'start again with the same command'
      : `start again with: kafka-replicator run --replicator-name ${name}`
  if (result === undefined) {
    return `${name} stopped before everything was acknowledged; the rest is sent again when you ${again}\n`
  }
  if (result.exitCode === ExitCode.Protected) {
    return `${name} stopped to protect the data: ${result.reason ?? 'see above'}; when that is mended, ${again}\n`
  }
  return `${name} stopped; everything acknowledged is recorded; ${again}\n`
}

function worst(running: readonly Running[]): ExitCode {
  const codes = running.flatMap(({ result }) => result?.exitCode ?? [])
  // Protection tells a script most: somebody has to look. Otherwise any failure counts more than none.
  if (codes.includes(ExitCode.Protected)) return ExitCode.Protected
  return codes.find(code => code !== ExitCode.Done) ?? ExitCode.Done
}

function viewOf(shell: Shell): LiveView {
  return new LiveView(() => ({
    inPlace: shell.stdout.isTTY,
    width: shell.stdout.columns,
    height: shell.stdout.rows,
    color: wantsColor(shell, shell.stdout),
    unicode: wantsUnicode(shell.env),
  }))
}

/** The work's result, or the other value when the signal comes first. */
async function race<T, U>(work: Promise<T>, signal: AbortSignal, otherwise: U): Promise<T | U> {
  let onAbort: (() => void) | undefined
  const aborted = new Promise<U>(resolve => {
    onAbort = () => resolve(otherwise)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort)
  }
}
