/** Pages of `kafka-replicator help TOPIC`, at most 80 columns wide. */
export const HELP_TOPICS: Readonly<Record<string, string>> = {
  'exit-codes': `Exit codes

    0  done, ready, valid, equal
    1  the answer is no: invalid files, sides not equal, a replicator that is
       held or does not run
    4  not reached before the timeout
    5  stopped to protect the data: truncation, a re-created topic, divergence
    6  waits for a person: the last line says how to go on
  130  interrupted
  143  a runbook, interrupted by SIGTERM
  252  wrong usage or a wrong parameter
  253  environment: a file that cannot be read, credentials, the state folder
  254  the service or a broker answered with an error
  255  anything else

  From 252 on they are those of the AWS CLI.
`,
  files: `The files

  kafka-clusters.json     the two clusters
                          --kafka-clusters file://kafka-clusters.json
  replication-info.json   which topics and groups, and how
                          --replication-info-list file://replication-info.json
  log-delivery.json       where logs go
                          --log-delivery file://log-delivery.json
  connections.json        what AWS would know by itself
                          --connections file://connections.json

  The first three are those of \`aws kafka create-replicator\` and work with it
  unchanged. The fourth is ours:

  { "Clusters": { "<MskClusterArn or ApacheKafkaClusterId>": {
        "BootstrapBrokerString": "127.0.0.1:9092",
        "ClientAuthentication": {}, "EncryptionInTransit": {} } },
    "Secrets":  { "<SecretArn>": { "File": "./secret.json" } } }

  Paths of secrets are meant from the folder of connections.json. Check any of
  them, without a cluster:
    kafka-replicator validate *.json
  Schemas for editors are in the folder schemas of the package, whole examples
  in examples.
`,
  patterns: `Patterns for topics and groups

  TopicsToReplicate, TopicsToExclude and their like for groups hold regular
  expressions, as MSK Replicator takes them:

  - A pattern must match the whole name: orders is one topic, orders.* all that
    begin so.
  - A dot stands for any character; the dot itself is written \\\\. in JSON.
  - What is excluded is never copied. Internal topics (__…) never are.
  - At most 100 patterns in a list, 249 characters each (256 for groups).

  They run in time linear to the name, so none can stop the process. What Java
  has and this cannot (look-around, back references) is refused by name:
    kafka-replicator validate replication-info.json
`,
  'prefix-identical': `Names of topics on the target

  TopicNameConfiguration in replication-info.json says how they are called
  there; it cannot be changed later.

  { "Type": "PREFIXED_WITH_SOURCE_CLUSTER_ALIAS" }   (default)
    orders becomes <alias>.orders. The alias is the source's
    ApacheKafkaClusterId, or for MSK its cluster's name with the end of its
    UUID. Both clusters may be written to: topics of each have names of their
    own, consumers read both.

  { "Type": "IDENTICAL" }
    orders stays orders. For failover and for moving to another cluster:
    applications change their bootstrap servers and nothing else. With one
    replicator each way, records that came from a cluster never go back there.

  Records are untouched in both: no header is added, what came from where is
  known by the producer that wrote it.
`,
  runbooks: `Runbooks: failover, failback, migrate

  Named steps, each proved before the next begins. A gate must hold in several
  looks in a row; what is unknown never does.

    kafka-replicator failover --replicator-name orders-dr --dry-run
    kafka-replicator failover --replicator-name orders-dr
    kafka-replicator failback --replicator-name orders-dr

  --dry-run          shows the steps, touches nothing
  --on NAME=COMMAND  stops and starts applications: stop-producers,
                     start-producers, stop-consumers, start-consumers.
                     Without one a person is asked; without a terminal the run
                     stops there with exit code 6
  --resume           goes on after a stop, a kill or a timeout, repeats nothing
  --abort            undoes what the run has changed so far
  --unplanned        failover from a source that is lost
  --output jsonl     an event on each line, for scripts

  Journal, tables and report of each run are kept in the folder that it names,
  below runbooks in the state folder (see: kafka-replicator help environment).
`,
  metrics: `Metrics

    kafka-replicator run --replicator-name orders-dr --metrics-port 9404
    curl http://127.0.0.1:9404/metrics

  /metrics is Prometheus's text format, /livez says that the process is there,
  /readyz that it copies. They listen on loopback only.

  replicator_lag_records              offsets still to copy, for each partition
  replicator_source_end_offset        last committed offset of the source
  replicator_copied_offset            acknowledged by the target up to here
  replicator_gap_offsets              left out for ever, each gap recorded
  replicator_records_total            records copied
  replicator_bytes_total              bytes copied
  replicator_bytes_read_total         bytes read, with what a loop brings back
  replicator_latency_seconds          from a record's time until it is there
  replicator_retention_headroom_seconds
                                      until uncopied records are deleted
  replicator_partitions               partitions by state
  replicator_cluster_up               1: a broker answered within the last 45 s
  replicator_cluster_auth_errors_total
                                      connections refused: login, certificate
  replicator_cluster_throttle_seconds longest throttling of the last minute
  replicator_groups                   consumer groups that are brought over
  replicator_group_topics             topics of groups by state
  replicator_group_offset_lag_max     how far groups lag, the furthest
  replicator_group_offset_lag_sum     and all together
  replicator_group_offset_sync_failures_total

  With log delivery also replicator_log_records_delivered_total, _dropped_total
  and replicator_log_records_waiting. run --cloudwatch-metrics sends these by
  MSK's names to CloudWatch.

  What is not known has no value; it is never shown as 0.
`,
  security: `Security

  - A cluster has TLS when it has EncryptionInTransit, and a login when it has
    ClientAuthentication; names of hosts are always verified. Without both, its
    records cross the network as they are: validate warns of it elsewhere than
    on loopback.
  - Passwords and keys stand in secrets, never in the files: by ARN, or in a
    local file that connections.json names. They are never written to the state
    folder, to output or to logs. validate does not quote lines of what may be
    a secret.
  - The state folder can be read by you alone (0700, its files 0600).
  - Metrics are served on loopback only.
  - Patterns run in time linear to the name; files are read up to 10 MiB.

  See also: kafka-replicator help files
`,
  environment: `Environment variables

  KAFKA_REPLICATOR_HOME   where registered replicators and runs of runbooks are
                          kept (default $XDG_STATE_HOME/kafka-replicator, else
                          ~/.local/state/kafka-replicator)
  AWS_REGION, AWS_DEFAULT_REGION
                          the region in ARNs of new replicators
  AWS_DEFAULT_OUTPUT      json, yaml, yaml-stream, text, table or off
  AWS_PROFILE             the profile for calls to AWS; its region and output
                          hold where neither option nor variable says so
  AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE
                          in place of ~/.aws/config and ~/.aws/credentials
  AWS_CLI_ERROR_FORMAT    enhanced, legacy, json, yaml, text or table
  NO_COLOR, FORCE_COLOR   no colours, or colours also where there is no terminal
  GITHUB_ACTIONS          when true, validate writes its findings as notes
`,
}
