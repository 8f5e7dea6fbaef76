import type { Clock } from '../clock.js'
import type { ConsumerGroups } from '../clusters/consumer-groups.js'
import type { EventListener } from '../events.js'
import { compileGroupPatterns, type NameFilter } from '../policy/topic-patterns.js'
import type { ProgressStore } from '../progress/progress-store.js'
import type { GroupSelection } from '../replication/replicator-options.js'

/** A new group is found within these milliseconds; to list them is one cheap request to each broker. */
const LIST_INTERVAL_MS = 5_000

/** Which groups of the source are taken, and how new ones come in. */
export class SelectedGroups {
  private readonly groups: ConsumerGroups
  private readonly selection: GroupSelection
  private readonly store: ProgressStore
  private readonly clock: Clock
  private readonly emit: EventListener
  private readonly filter: NameFilter
  private names = new Set<string>()
  private nextList = Number.NEGATIVE_INFINITY
  private problem = ''

  constructor(
    groups: ConsumerGroups,
    selection: GroupSelection,
    store: ProgressStore,
    clock: Clock,
    emit: EventListener,
  ) {
    this.groups = groups
    this.selection = selection
    this.store = store
    this.clock = clock
    this.emit = emit
    this.filter = compileGroupPatterns(selection.include, selection.exclude)
  }

  /**
   * The groups as of a few seconds ago.
   *
   * @param hasOffsets whether a group had offsets when it was last asked: a broker that starts or stops does not list all
   */
  async current(hasOffsets: (group: string) => boolean): Promise<readonly string[]> {
    if (this.clock.monotonic() < this.nextList) return [...this.names]
    const { groups, problems } = await this.groups.list()
    this.nextList = this.clock.monotonic() + LIST_INTERVAL_MS
    this.tell(problems)
    // A share group has no committed offsets: it is another thing under the same name (KIP-932).
    const listed = groups.filter(({ group, type }) => type !== 'share' && this.filter.matches(group))
    const kept = [...this.names].filter(hasOffsets)
    const names = new Set([...listed.map(({ group }) => group), ...kept])
    this.names = this.selection.detectNew ? names : await this.onlyFirst(names, problems.length === 0)
    return [...this.names]
  }

  /** Later groups are not wanted: those of the first start are written down. */
  private async onlyFirst(names: ReadonlySet<string>, isComplete: boolean): Promise<Set<string>> {
    if (!this.store.hasDiscoveredGroups) {
      if (!isComplete) return new Set() // which ones are there is not known yet
      await this.store.saveGroups([...names], this.clock.now())
    }
    return new Set([...names].filter(name => this.store.knowsGroup(name)))
  }

  /** Told when it changes. */
  private tell(problems: readonly string[]): void {
    const problem = problems.join('; ')
    if (problem !== '' && problem !== this.problem) {
      this.emit({
        code: 'groups-unknown',
        level: 'warn',
        message: `consumer groups are missing: ${problem}; it asks again every ${LIST_INTERVAL_MS / 1000} s`,
        data: { problem },
      })
    }
    this.problem = problem
  }
}
