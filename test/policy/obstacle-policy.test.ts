import { describe, expect, test } from 'vitest'
import { decideObstacle, type ObstaclePolicy, STOP_ALWAYS, wayOut } from '../../src/policy/obstacle-policy.js'
import { type Obstacle, obstacleReason } from '../../src/policy/obstacles.js'

const TRUNCATED: Obstacle = { kind: 'truncated', from: 10, to: 15 }
const DIVERGED: Obstacle = { kind: 'diverged', from: 10, to: 15, epoch: 3, epochBefore: 2 }
const RECREATED: Obstacle = { kind: 'recreated', side: 'source', topic: 'orders' }
const POISON: Obstacle = { kind: 'poison', from: 10, to: 11, reason: 'too large' }
const ALL = [TRUNCATED, DIVERGED, RECREATED, { ...RECREATED, side: 'target' }, POISON] as const

const wish = (changes: Partial<ObstaclePolicy>): ObstaclePolicy => ({ ...STOP_ALWAYS, ...changes })

test.each(ALL)('unless told otherwise, a partition is held: $kind', obstacle => {
  expect(decideObstacle(obstacle, STOP_ALWAYS)).toBe('hold')
})

test.each([
  [TRUNCATED, { onTruncation: 'skip' }, 'skip'],
  [DIVERGED, { onTruncation: 'skip' }, 'skip'],
  [RECREATED, { onTopicRecreated: 'restart' }, 'restart'],
  [RECREATED, { onTopicRecreated: 'ignore' }, 'ignore'],
  [POISON, { onPoison: 'skip' }, 'skip'],
] as const)('%o with %o: %s', (obstacle, changes, verdict) => {
  expect(decideObstacle(obstacle, wish(changes))).toBe(verdict)
})

test.each([
  [TRUNCATED, { onTopicRecreated: 'restart', onPoison: 'skip' }],
  [DIVERGED, { onTopicRecreated: 'restart', onPoison: 'skip' }],
  [RECREATED, { onTruncation: 'skip', onPoison: 'skip' }],
  [POISON, { onTruncation: 'skip', onTopicRecreated: 'ignore' }],
] as const)('leave for one kind is none for another: %o with %o', (obstacle, changes) => {
  expect(decideObstacle(obstacle, wish(changes))).toBe('hold')
})

describe('what a person reads', () => {
  test.each([
    [TRUNCATED, /no longer has offsets 10-14: .* took 5 before/, '--on-truncation skip'],
    [DIVERGED, /lost offsets 10-14, which were read in leader epoch 3/, '--on-truncation skip'],
    [{ ...DIVERGED, epoch: -1 }, /lost offsets 10-14, which were read and copied/, '--on-truncation skip'],
    [RECREATED, /^source topic orders was deleted and created again/, '--on-topic-recreated restart'],
    [{ ...RECREATED, side: 'target' }, /^target topic orders was deleted/, '--on-topic-recreated restart'],
    [POISON, /^too large$/, '--on-poison skip'],
  ] as const)('%o', (obstacle, reason, option) => {
    expect(obstacleReason(obstacle)).toMatch(reason)
    expect(wayOut(obstacle)).toContain(option)
  })
})
