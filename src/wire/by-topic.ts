import { groupBy } from '../group-by.js'

/** Groups rows as Kafka's requests want them: one entry a topic, with its partitions inside. */
export function byTopic<Item, Row>(
  items: readonly Item[],
  topicOf: (item: Item) => string,
  rowOf: (item: Item) => Row,
): { topic: string; partitions: Row[] }[] {
  return [...groupBy(items, topicOf)].map(([topic, group]) => ({ topic, partitions: group.map(rowOf) }))
}
