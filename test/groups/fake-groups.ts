import type { CommitResult, CommittedOffset, OffsetToCommit } from '../../src/clusters/consumer-groups.js'
import { Code, ConnectionError } from '../../src/wire/kafka-errors.js'

/** Groups of a target with the one topic `orders`, in memory: `ConsumerGroups` as far as they are read and written. */
export class FakeGroups {
  readonly stored = new Map<string, CommittedOffset[]>()
  readonly silent = new Map<string, 'read' | 'commit'>()
  said: string[] = []
  readAtOnce: number[] = []
  validFor: (number | undefined)[] = []
  onRead: () => void = () => {}
  private readonly refusals = new Map<string, number>()

  put(group: string, commit: { offset: number; metadata: string }): void {
    this.stored.set(group, [{ topic: 'orders', partition: 0, ...commit }])
  }

  refuse(group: string, code: number): void {
    this.refusals.set(group, code)
  }

  offsets(group: string): number[] {
    return (this.stored.get(group) ?? []).map(({ offset }) => offset)
  }

  async committed(names: readonly string[]): Promise<Map<string, CommittedOffset[] | Error>> {
    this.readAtOnce.push(names.length)
    this.onRead()
    for (const name of names) this.said.push(`read ${name}`)
    const answerOf = (name: string) =>
      this.silent.get(name) === 'read' ? new ConnectionError('no answer') : (this.stored.get(name) ?? [])
    return new Map(names.map(name => [name, answerOf(name)]))
  }

  async commit(group: string, offsets: readonly OffsetToCommit[], validFor?: number): Promise<CommitResult[]> {
    this.validFor.push(validFor)
    if (this.silent.get(group) === 'commit') throw new ConnectionError('no answer')
    const errorCode = this.refusals.get(group) ?? Code.None
    for (const { topic, partition, offset, metadata } of offsets) {
      this.said.push(`write ${group} ${topic}-${partition} ${offset} ${metadata}`)
    }
    if (errorCode === Code.None) this.stored.set(group, [...offsets])
    return offsets.map(({ topic, partition }) => ({ topic, partition, errorCode }))
  }
}
