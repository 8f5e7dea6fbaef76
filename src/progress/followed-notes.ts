import type { StateTopic } from './state-topic.js'
import { placeOf, StoredNotes } from './stored-notes.js'

/** The notes of a replicator that runs elsewhere, read again and again: only what is new crosses the wire. */
export class FollowedNotes extends StoredNotes {
  private readonly topic: StateTopic
  private isLoaded = false

  constructor(topic: StateTopic) {
    super()
    this.topic = topic
  }

  /**
   * Reads on to the end as of now and answers the partitions whose note or map has changed. Throws when the cluster does
   * not answer, or the topic is gone.
   */
  async refresh(): Promise<{ sourceTopic: string; partition: number }[]> {
    const entries = this.isLoaded ? await this.topic.readNew() : await this.readAll()
    this.isLoaded = true
    for (const entry of entries) this.take(entry)
    return entries.map(({ key }) => placeOf(key)).filter(place => place !== undefined)
  }

  /** Whether there are such notes (still); learns where they are. Throws when the cluster does not answer. */
  isThere(): Promise<boolean> {
    return this.topic.exists()
  }

  close(): void {
    this.topic.close()
  }

  private async readAll() {
    return [...(await this.topic.readAll())].map(([key, value]) => ({ key, value }))
  }
}
