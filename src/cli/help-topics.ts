/** Pages of `kafka-replicator help TOPIC`. */
export const HELP_TOPICS: Readonly<Record<string, string>> = {
  'exit-codes': `Exit codes

    0  done, ready, valid, equal
    1  the answer is no: invalid files, sides not equal, a replicator that is held or does not run
    4  not reached before the timeout
    5  stopped to protect the data: truncation, a re-created topic, divergence
    6  waits for a person
  130  interrupted
  143  a runbook, interrupted by SIGTERM
  252  wrong usage or a wrong parameter
  253  environment: a file that cannot be read, credentials, the state folder
  254  the service or a broker answered with an error
  255  anything else
`,
  files: `The files

  kafka-clusters.json     the two clusters                      --kafka-clusters file://kafka-clusters.json
  replication-info.json   which topics and groups, and how      --replication-info-list file://replication-info.json
  log-delivery.json       where logs go                         --log-delivery file://log-delivery.json
  connections.json        what AWS would know by itself         --connections file://connections.json

  The first three are those of \`aws kafka create-replicator\` and work with it unchanged. The fourth is ours:

  { "Clusters": { "<MskClusterArn or ApacheKafkaClusterId>": {
        "BootstrapBrokerString": "127.0.0.1:9092", "ClientAuthentication": {}, "EncryptionInTransit": {} } },
    "Secrets":  { "<SecretArn>": { "File": "./secret.json" } } }

  Paths of secrets are meant from the folder of connections.json. Check any of them: kafka-replicator validate FILES…
`,
  environment: `Environment variables

  KAFKA_REPLICATOR_HOME   where registered replicators are kept
                          (default $XDG_STATE_HOME/kafka-replicator, else ~/.local/state/kafka-replicator)
  AWS_REGION, AWS_DEFAULT_REGION   the region in ARNs of new replicators
  AWS_DEFAULT_OUTPUT      json, yaml, yaml-stream, text, table or off
  AWS_PROFILE             whose region and output of ~/.aws/config hold where neither option nor variable says so
  AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE   in place of ~/.aws/config and ~/.aws/credentials
  AWS_CLI_ERROR_FORMAT    enhanced, legacy, json, yaml, text or table
  NO_COLOR, FORCE_COLOR   no colours, or colours also where there is no terminal
`,
}
