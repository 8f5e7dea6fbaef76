import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OffsetMap } from '../../src/offset-map/offset-map.js'
import type { Pair } from '../../src/offset-map/run.js'
import { logSteps, longLogSteps, Modelled, type Step } from './map-model.js'

/** The state topic, as `OffsetMap` says that it is written, with a kill after any of the writes. */
class StateTopic {
  readonly closed = new Map<number, Buffer>()
  /** What the last note says, and what the map knew when it was made. */
  note = { open: new OffsetMap().openSegment(), pairs: [] as Pair[] }

  /** Writes what is to be written, `writes` of it at most. */
  save({ map, pairs }: Modelled, writes = Number.POSITIVE_INFINITY): void {
    const closed = map.takeClosed()
    const obsolete = map.takeObsolete()
    const open = map.openSegment()
    const actions = [
      ...closed.map(
        ({ number, bytes }) =>
          () =>
            void this.closed.set(number, bytes),
      ),
      () => {
        this.note = { open, pairs: [...pairs] }
      },
      ...obsolete.map(number => () => void this.closed.delete(number)),
    ]
    for (const action of actions.slice(0, writes)) action()
  }

  load(): Modelled {
    return new Modelled(OffsetMap.load(this.closed, this.note.open), [...this.note.pairs])
  }
}

type Action =
  | { kind: 'append'; steps: Step[] }
  | { kind: 'dropLast' | 'dropFromTarget' | 'prune'; part: number }
  | { kind: 'save' }
  | { kind: 'kill'; writes: number }

const part = fc.double({ min: 0, max: 1, noNaN: true })
const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('append' as const), steps: fc.oneof(logSteps, longLogSteps) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('dropLast' as const, 'dropFromTarget' as const), part }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const), part }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('save' as const) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('kill' as const), writes: fc.nat(12) }) },
  ),
  { minLength: 1, maxLength: 14 },
)

test('after a kill between any two writes, the map is what it was at the last note', () => {
  fc.assert(
    fc.property(actions, all => {
      const topic = new StateTopic()
      let modelled = new Modelled(new OffsetMap())
      all.forEach((action, n) => {
        modelled = after(action, modelled, topic)
        expect(modelled.differences(n, 10)).toEqual([])
      })
      topic.save(modelled)
      expect(topic.load().differences(1)).toEqual([])
    }),
    { numRuns: 200 },
  )
})

test('nothing is left in the state topic that no note refers to', () => {
  fc.assert(
    fc.property(actions, all => {
      const topic = new StateTopic()
      let modelled = new Modelled(new OffsetMap())
      for (const action of all) modelled = after(action, modelled, topic)
      topic.save(modelled)
      // What a kill left is found by the next load, and swept by its first note.
      modelled = topic.load()
      topic.save(modelled)
      const { number } = topic.note.open
      const kept = [...topic.closed.keys()].filter(other => other < number)
      for (const other of kept) {
        const without = new Map([...topic.closed].filter(([key]) => key !== other))
        expect(() => OffsetMap.load(without, topic.note.open)).toThrow('is missing')
      }
    }),
    { numRuns: 100 },
  )
})

test('a segment that was reopened and closed again never replaces what the last note refers to', () => {
  const long: Step[] = Array.from({ length: 800 }, (_, n) => ({ sourceGap: 2 ** 33 + n, targetGap: 2 ** 33, count: 2 }))
  const topic = new StateTopic()
  const modelled = new Modelled(new OffsetMap())
  modelled.append(long)
  topic.save(modelled)
  expect(topic.closed.size).toBeGreaterThan(4)
  const noted = [...modelled.pairs]

  modelled.map.dropLast(1_200)
  modelled.pairs.splice(-1_200)
  modelled.append(long.map(step => ({ ...step, sourceGap: step.sourceGap + 7 })))
  topic.save(modelled, 3) // three closed segments, not the note
  expect(new Modelled(topic.load().map, noted).differences(3)).toEqual([])
})

function after(action: Action, modelled: Modelled, topic: StateTopic): Modelled {
  const { map, pairs } = modelled
  switch (action.kind) {
    case 'append':
      if ((pairs.at(-1)?.source ?? 0) < 2 ** 51) modelled.append(action.steps)
      return modelled
    case 'dropLast': {
      const count = Math.floor(action.part * pairs.length)
      map.dropLast(count)
      pairs.splice(pairs.length - count)
      return modelled
    }
    case 'dropFromTarget': {
      const from = Math.floor(action.part * (pairs.at(-1)?.target ?? 0))
      const left = pairs.filter(({ target }) => target < from).length
      expect(map.dropFromTarget(from)).toBe(pairs.length - left)
      pairs.splice(left)
      return modelled
    }
    case 'prune': {
      const { source, target } = pairs[Math.floor(action.part * (pairs.length - 1))] ?? { source: 0, target: 0 }
      map.prune({ source, target })
      const gone = pairs.splice(0, pairs.length - map.recordCount)
      expect(gone.filter(pair => pair.source >= source || pair.target >= target)).toEqual([])
      return modelled
    }
    case 'save':
      topic.save(modelled)
      return modelled
    case 'kill':
      topic.save(modelled, action.writes)
      return topic.load()
  }
}
