import type { Clock } from '../clock.js'
import type { ConsumerGroups } from '../clusters/consumer-groups.js'
import type { EventListener } from '../events.js'
import { earlierFilter, isSelectionOf } from '../policy/earlier-selection.js'
import { compileGroupPatterns, type NameFilter } from '../policy/topic-patterns.js'
import type { ProgressStore } from '../progress/progress-store.js'
import type { GroupSelection } from '../replication/replicator-options.js'

/** A new group is found within these milliseconds; to list them is one cheap request to each broker. */
const LIST_INTERVAL_MS = 5_000

function filterOf({ include, exclude, synchronise }: GroupSelection): NameFilter {
  return compileGroupPatterns(synchronise ? include : [], exclude)
}

/** Which groups of the source are taken, and how new ones come in. */
export class SelectedGroups {
  private readonly groups: ConsumerGroups
  private selection: GroupSelection
  private readonly store: ProgressStore
  private readonly clock: Clock
  private readonly emit: EventListener
  private filter: NameFilter
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
    this.filter = filterOf(selection)
  }

  /** Goes by another selection from the next question on. */
  select(selection: GroupSelection): void {
    this.selection = selection
    this.filter = filterOf(selection)
    this.names = new Set()
    this.nextList = Number.NEGATIVE_INFINITY
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

  /** Later groups are not wanted: those that are there when a selection first holds are written down. */
  private async onlyFirst(names: ReadonlySet<string>, isComplete: boolean): Promise<Set<string>> {
    const { selection, store } = this
    const earlier = store.discoveredGroups
    // Which ones are there must be known for that.
    if (isComplete && !isSelectionOf(earlier, selection)) {
      const { include, exclude } = selection
      const selectedEarlier = earlierFilter(earlier, compileGroupPatterns)
      const first = [...names].filter(name => !selectedEarlier.matches(name))
      await store.saveGroups(first, { at: this.clock.now(), include, exclude })
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
