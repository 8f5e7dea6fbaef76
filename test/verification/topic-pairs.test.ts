import { expect, test } from 'vitest'
import type { PartitionNote } from '../../src/progress/notes.js'
import { type Pair, partitionProblem } from '../../src/verification/topic-pairs.js'

const metadata = (topicId: string, partitions: number) =>
  ({ name: 'topic', topicId, partitions: Array.from({ length: partitions }) }) as unknown as Pair['source']
const note = (sourceTopicId: string, targetTopicId: string) => ({ sourceTopicId, targetTopicId }) as PartitionNote

test('each partition is of the topics that its own note is about, or something is wrong with it', () => {
  const pair: Pair = { source: metadata('s', 3), targetTopic: 'topic', target: metadata('t', 2) }
  expect(partitionProblem(pair, 0, note('s', 't'))).toBeUndefined()
  expect(partitionProblem(pair, 0, undefined)).toBeUndefined()
  // With `--on-topic-recreated restart` the partitions begin anew one after the other.
  expect(partitionProblem(pair, 1, note('old', 't'))).toMatch(/source topic was deleted and created again/)
  expect(partitionProblem(pair, 1, note('s', 'old'))).toMatch(/target topic was deleted and created again/)
  expect(partitionProblem(pair, 2, note('s', 't'))).toMatch(/has only 2 partitions/)
})
