/** How a broker is run: as Java processes or as a container. LocalKafka stands on this alone. */
export interface BrokerProcess {
  /** "127.0.0.1:port", the same for the broker's whole life, restarts included. */
  readonly bootstrapServers: string
  /** The folder with the broker's data; undefined where it is inside a container. */
  readonly dataDir: string | undefined
  /** The file that all of the broker's output is appended to; undefined where the engine keeps it. */
  readonly logFile: string | undefined
  /** Process id of the broker on this machine; undefined when it does not run or is a container. */
  readonly pid: number | undefined
  /** Starts the process on the data that is there. Resolves when it is started, which is long before it is ready. */
  launch(): Promise<void>
  /** Why the broker is not running any more ("exit code 1"), or undefined while it runs. */
  endedBecause(): Promise<string | undefined>
  /** Asks it to shut down (SIGTERM), waits for its end, and kills it when it takes too long. */
  stop(): Promise<void>
  /** Ends it without warning (SIGKILL); the data stay. */
  kill(): Promise<void>
  /** Freezes it (SIGSTOP): connections stay open, and nothing answers. */
  pause(): Promise<void>
  unpause(): Promise<void>
  /** The last lines of its log. */
  logs(lines: number): Promise<string>
  /** Kills it and removes its data. */
  dispose(): Promise<void>
}
