import { expect, test } from 'vitest'
import { Growth } from '../../../src/runbooks/migrate/growth.ts'

test.each<[string, (number | null)[], string]>([
  ['one look says nothing', [5], 'unknown'],
  ['it stands', [5, 5], 'no'],
  ['it shrinks', [500, 300], 'no'],
  ['it climbs by what does not matter', [0, 50, 100], 'no'],
  ['it climbs', [0, 50, 101], 'yes'],
  ['it has climbed at once', [0, 101], 'yes'],
  ['it goes up and down', [0, 300, 200, 400], 'no'],
  ['it has stopped to climb', [0, 200, 400, 400], 'no'],
  ['older looks do not count', [900, 0, 60, 120], 'yes'],
  ['unknown', [0, null, 0], 'unknown'],
  ['unknown some time ago', [null, 0, 0, 0], 'no'],
])('%s', (_, values, expected) => {
  const growth = new Growth(1, 100)
  expect(values.map(value => growth.look(value)).at(-1)).toBe(expected)
})
