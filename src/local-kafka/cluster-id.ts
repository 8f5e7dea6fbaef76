import { randomBytes } from 'node:crypto'

/**
 * A new id in the form of Kafka's own: 16 random bytes in base64url without padding, 22 characters.
 * Never with a dash in front, as in Kafka's `Uuid.randomUuid`: command lines would take it for an option.
 */
export function newKafkaUuid(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}
