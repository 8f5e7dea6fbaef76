/** A partition as a key of maps and in messages: `orders/3`. No topic's name has a slash (Kafka: `Topic.LEGAL_CHARS`). */
export function placeKey({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}
