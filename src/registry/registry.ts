import { join } from 'node:path'
import type { Clock } from '../clock.js'
import type { CreateReplicatorRequest } from '../config/types.js'
import { ServiceError, UserError } from '../errors.js'
import { newReplicatorArn, parseReplicatorArn } from './arn.js'
import { newCurrentVersion } from './current-version.js'
import type { ReplicatorDefinition } from './definition.js'
import { decodeDefinition, encodeDefinition } from './definition.js'
import type { ReplicatorState, SeenState } from './state.js'
import { Store } from './store.js'

/** What `create` needs besides the request. */
export interface CreateOptions {
  /** From `--region` or the environment; undefined lets the clusters' ARNs decide. */
  region: string | undefined
  connectionsFile?: string | undefined
  /** The identity of its progress, where it is to take up that of an earlier one; a new one otherwise. */
  uuid?: string | undefined
}

/** All definitions that can be read, and one error for each that cannot. */
export interface Listing {
  definitions: ReplicatorDefinition[]
  unreadable: UserError[]
}

const DEFINITION = '.json'
const LAST_STATE = '.state'
const LAST_STATE_TEXT =
  /^\{"ReplicatorArn":"([^"]+)","ReplicatorState":"(RUNNING|FAILED)"(?:,"CurrentVersion":"([^"]+)")?\}$/m
const LOCK = '.lock'
/** A change is the write of one small file: whoever holds the lock for longer than this is dead. */
const LOCK_STALE_MS = 10_000
/** Longer than that, so that a lock left behind makes nobody fail. */
const LOCK_WAIT_MS = 15_000
const LOCK_POLL_MS = 20
const NAME = /^[0-9A-Za-z][0-9A-Za-z-]{0,127}$/

/**
 * The replicators known on this machine: the "service" that answers the mirrored operations. One file per replicator,
 * named after it, so that a name can be taken once only.
 */
export class Registry {
  readonly #store: Store
  readonly #clock: Clock

  constructor(home: string, clock: Clock) {
    this.#store = new Store(join(home, 'replicators'))
    this.#clock = clock
  }

  /** Registers a replicator. ConflictException when the name is in use; then nothing has changed. */
  async create(request: CreateReplicatorRequest, options: CreateOptions): Promise<ReplicatorDefinition> {
    checkName(request.ReplicatorName)
    const definition: ReplicatorDefinition = {
      ReplicatorArn: newReplicatorArn(request, options.region, options.uuid),
      CreationTime: new Date(this.#clock.now()).toISOString(),
      CurrentVersion: newCurrentVersion(),
      Request: request,
      ...(options.connectionsFile === undefined ? {} : { ConnectionsFile: options.connectionsFile }),
    }
    const created = await this.#store.create(request.ReplicatorName + DEFINITION, encodeDefinition(definition))
    if (!created) throw nameInUse(request.ReplicatorName)
    return definition
  }

  /** Throws ConflictException when the name is in use: an early word, `create` alone decides. */
  async refuseNameInUse(name: string): Promise<void> {
    checkName(name)
    if ((await this.#store.read(name + DEFINITION)) !== undefined) throw nameInUse(name)
  }

  /** The replicator of that ARN, which stood in that parameter. BadRequestException for what is no ARN, NotFoundException when there is none. */
  async get(arn: string, parameter = 'replicatorArn'): Promise<ReplicatorDefinition> {
    const parts = parseReplicatorArn(arn)
    if (parts === undefined) {
      throw new ServiceError(
        'BadRequestException',
        `One or more of the parameters are not valid: "${arn}" is not the ARN of a replicator.`,
        {
          invalidParameter: parameter,
          fix: 'See the ARNs with: kafka-replicator list-replicators',
        },
      )
    }
    const definition = await this.find(parts.name)
    if (definition?.ReplicatorArn === arn) return definition
    throw new ServiceError('NotFoundException', `There is no replicator ${arn} on this machine.`, {
      fix: 'See what is there with: kafka-replicator list-replicators',
    })
  }

  /** The replicator of that name, or undefined. */
  async find(name: string): Promise<ReplicatorDefinition | undefined> {
    if (!NAME.test(name)) return undefined
    const text = await this.#store.read(name + DEFINITION)
    return text === undefined ? undefined : decodeDefinition(text, this.#store.pathOf(name + DEFINITION))
  }

  /** All replicators whose name begins with the prefix, by name. One that cannot be read hides no other. */
  async list(prefix = ''): Promise<Listing> {
    const listing: Listing = { definitions: [], unreadable: [] }
    for (const file of await this.#store.names(DEFINITION)) {
      const name = file.slice(0, -DEFINITION.length)
      if (!name.startsWith(prefix)) continue
      try {
        const definition = await this.find(name)
        if (definition !== undefined) listing.definitions.push(definition)
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        listing.unreadable.push(error)
      }
    }
    return listing
  }

  /**
   * Changes a replicator's request while nobody else changes it, and gives it a new version. BadRequestException when the
   * version given is not the current one; what `change` throws is thrown, and nothing has changed then.
   */
  async update(
    arn: string,
    currentVersion: string,
    change: (request: CreateReplicatorRequest) => Promise<CreateReplicatorRequest>,
  ): Promise<ReplicatorDefinition> {
    return await this.#changeAlone(arn, async definition => {
      refuseOtherVersion(definition, currentVersion)
      return { ...definition, Request: await change(definition.Request), CurrentVersion: newCurrentVersion() }
    })
  }

  /** Changes tags. They are not part of what the version counts: an update may follow that has not seen them. */
  async retag(
    arn: string,
    change: (request: CreateReplicatorRequest) => Promise<CreateReplicatorRequest>,
  ): Promise<void> {
    const retagged = async (definition: ReplicatorDefinition) => ({
      ...definition,
      Request: await change(definition.Request),
    })
    await this.#changeAlone(arn, retagged, 'resourceArn')
  }

  /** Marks a replicator for the engine that runs it here: it drains, then deletes it. */
  async beginDeletion(arn: string, currentVersion: string | undefined): Promise<void> {
    await this.#changeAlone(arn, async definition => {
      refuseOtherVersion(definition, currentVersion)
      return { ...definition, Deleting: true }
    })
  }

  /** Removes a replicator; a version, when given, must be the current one. An engine that runs it notices and stops. */
  async delete(arn: string, currentVersion: string | undefined): Promise<void> {
    const { Request } = await this.get(arn)
    await this.#alone(Request.ReplicatorName, async () => {
      refuseOtherVersion(await this.get(arn), currentVersion)
      await this.#store.remove(Request.ReplicatorName + LAST_STATE)
      await this.#store.remove(Request.ReplicatorName + DEFINITION)
    })
  }

  /** Notes what was last seen: for when the target cannot be asked, and which version the engine here works by. */
  async rememberState(definition: ReplicatorDefinition, state: ReplicatorState): Promise<void> {
    const { ReplicatorArn, CurrentVersion } = definition
    const text = JSON.stringify({ ReplicatorArn, ReplicatorState: state, CurrentVersion })
    await this.#store.put(definition.Request.ReplicatorName + LAST_STATE, `${text}\n`)
  }

  /** The state last seen from this machine; CREATING when it never ran here. */
  async lastSeen(definition: ReplicatorDefinition): Promise<SeenState> {
    const text = await this.#store.read(definition.Request.ReplicatorName + LAST_STATE)
    // Only a hint, written anew at each start: one that is damaged or of a namesake is as good as none.
    const match = LAST_STATE_TEXT.exec(text ?? '')
    if (match?.[1] !== definition.ReplicatorArn) return { state: 'CREATING' }
    return { state: match[2] as ReplicatorState, currentVersion: match[3] }
  }

  async #changeAlone(
    arn: string,
    change: (definition: ReplicatorDefinition) => Promise<ReplicatorDefinition>,
    parameter = 'replicatorArn',
  ): Promise<ReplicatorDefinition> {
    const { ReplicatorName: name } = (await this.get(arn, parameter)).Request
    return await this.#alone(name, async () => {
      const current = await this.get(arn)
      if (current.Deleting) throw beingDeleted(name)
      const changed = await change(current)
      await this.#store.put(name + DEFINITION, encodeDefinition(changed))
      return changed
    })
  }

  /** While one process changes a definition, others wait: between reading and writing nothing must come in. */
  async #alone<T>(name: string, action: () => Promise<T>): Promise<T> {
    const lock = name + LOCK
    const deadline = this.#clock.monotonic() + LOCK_WAIT_MS
    while (!(await this.#store.create(lock, `${process.pid}\n`))) {
      // Of two that find the lock of a dead process at the same moment, both could take it: of two accidents at once.
      const age = await this.#store.age(lock, this.#clock.now())
      if (age !== undefined && age > LOCK_STALE_MS) await this.#store.remove(lock)
      else if (this.#clock.monotonic() > deadline) throw isBusy(name)
      else await this.#clock.sleep(LOCK_POLL_MS)
    }
    try {
      return await action()
    } finally {
      await this.#store.remove(lock)
    }
  }
}

function refuseOtherVersion({ CurrentVersion }: ReplicatorDefinition, given: string | undefined): void {
  if (given === undefined || given === CurrentVersion) return
  throw new ServiceError(
    'BadRequestException',
    "The version of the replicator isn't current. Check the current version and try again.",
    { invalidParameter: 'currentVersion', fix: `The current version is ${CurrentVersion}.` },
  )
}

function beingDeleted(name: string): ServiceError {
  return new ServiceError('BadRequestException', `The replicator ${name} is being deleted.`, {
    invalidParameter: 'replicatorArn',
  })
}

function isBusy(name: string): ServiceError {
  return new ServiceError('TooManyRequestsException', `Another command is changing the replicator ${name}.`, {
    fix: 'Try again.',
  })
}

function checkName(name: string): void {
  if (NAME.test(name)) return
  throw new ServiceError('BadRequestException', `"${name}" cannot be a replicator's name.`, {
    invalidParameter: 'replicatorName',
    fix: 'Use 1 to 128 letters, digits and hyphens, beginning with a letter or digit.',
  })
}

function nameInUse(name: string): ServiceError {
  return new ServiceError('ConflictException', `A replicator with the name ${name} already exists.`, {
    invalidParameter: 'replicatorName',
    fix: `Choose another name, or run the one that is there: kafka-replicator run --replicator-name ${name}`,
  })
}
