/** The codecs the benchmark runs with; the backlog's batches have it, and so must the copies. */
export const CODECS = ['none', 'lz4'] as const
export type Codec = (typeof CODECS)[number]

/** A broker as contestants and measurements see it. */
export interface ClusterAddress {
  bootstrapServers: string
  clusterId: string
  /** Whose CPU is counted. */
  pid: number
}

/** What waits on the source to be copied. */
export interface Backlog {
  topic: string
  partitions: number
  records: number
  /** Bytes of each value; keys are null. All figures per MB and GB count these bytes, whatever the codec. */
  recordBytes: number
  /** What the source's log holds on disk, which is also what crosses the sockets. */
  wireBytes: number
}

/** One run of one contestant. */
export interface Job {
  /** Unique, so that nothing of an earlier run (groups, progress, aliases) is met again. */
  id: string
  codec: Codec
  source: ClusterAddress
  target: ClusterAddress
  backlog: Backlog
  /** Empty at first; carries the load of the latency measurement. Same partitions as the backlog. */
  liveTopic: string
  /** Patterns of consumer groups whose offsets go along; undefined for none. */
  groups?: readonly string[]
  /** For files of this run; removed afterwards. */
  folder: string
}

/** A contestant at work. */
export interface Running {
  /** Whose CPU and memory are counted. */
  pid: number
  /** Who gives and who takes: the brokers, or their stand-ins. */
  neighbours: { source: number; target: number }
  /** How many records of the backlog have arrived. */
  recordsOnTarget(): Promise<number>
  /** Undefined while it runs, else how it ended, with its last words. */
  endedBecause(): Promise<string | undefined>
  stop(): Promise<void>
}

export interface Contestant {
  readonly name: string
  /** How it is set up, in a sentence for the report. */
  readonly settings: string
  /** False for the relay: it moves bytes and has neither a target topic to check nor records to time. */
  readonly movesRecords: boolean
  start(job: Job): Promise<Running>
}
