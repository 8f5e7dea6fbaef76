import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Topics, their settings and offsets. */
final class Topics {
  private final Clients clients;

  Topics(Clients clients) {
    this.clients = clients;
  }

  /** The requests it answers, by name. */
  Map<String, OutsideClient.Operation> operations() {
    return Map.of(
        "createTopic", this::createTopic,
        "deleteTopic", this::deleteTopic,
        "describeTopic", this::describeTopic,
        "createPartitions", this::createPartitions,
        "alterConfig", this::alterConfig,
        "deleteRecords", this::deleteRecords,
        "endOffsets", this::endOffsets);
  }

  Object createTopic(JsonNode request) throws Exception {
    NewTopic topic = new NewTopic(Json.text(request, "topic"), request.get("partitions").asInt(), (short) 1);
    clients.admin.createTopics(List.of(topic.configs(Json.strings(request.get("configs"))))).all().get();
    untilKnown(topic.name());
    untilLed(topic.name());
    return null;
  }

  /**
   * The broker tells of a leader before it leads. An idempotent producer that writes then has its first batches refused and,
   * with several requests in flight, a later one taken: a broker takes any sequence of a producer that it does not know
   * (KIP-360). The first ones never fit any more, and are sent again until the delivery times out. Offsets tells only who leads.
   */
  private void untilLed(String topic) throws Exception {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (TopicPartition partition : clients.partitionsOf(topic)) ends.put(partition, OffsetSpec.latest());
    clients.admin.listOffsets(ends).all().get();
  }

  /** A topic is created before the broker that is asked next knows of it and of its leaders. */
  private void untilKnown(String topic) throws Exception {
    long deadline = System.nanoTime() + Clients.PATIENCE.toNanos();
    while (!isKnown(topic)) {
      if (System.nanoTime() > deadline) throw new TimeoutException(topic + " is not known within " + Clients.PATIENCE);
      Thread.sleep(20);
    }
  }

  private boolean isKnown(String topic) throws Exception {
    try {
      TopicDescription description = clients.admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
      return description.partitions().stream().allMatch(partition -> partition.leader() != null);
    } catch (ExecutionException error) {
      if (error.getCause() instanceof UnknownTopicOrPartitionException) return false;
      throw error;
    }
  }

  Object describeTopic(JsonNode request) throws Exception {
    String topic = Json.text(request, "topic");
    TopicDescription description = clients.admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Map<String, String> configs = new TreeMap<>();
    for (ConfigEntry entry : clients.admin.describeConfigs(List.of(resource)).all().get().get(resource).entries())
      if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) configs.put(entry.name(), entry.value());
    return Map.of("partitions", description.partitions().size(), "topicId", description.topicId().toString(), "configs", configs);
  }

  Object createPartitions(JsonNode request) throws Exception {
    NewPartitions goal = NewPartitions.increaseTo(request.get("partitions").asInt());
    return clients.admin.createPartitions(Map.of(Json.text(request, "topic"), goal)).all().get();
  }

  Object alterConfig(JsonNode request) throws Exception {
    List<AlterConfigOp> changes = new ArrayList<>();
    Json.strings(request.get("set")).forEach((name, value) ->
        changes.add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
    for (JsonNode name : Json.list(request, "delete"))
      changes.add(new AlterConfigOp(new ConfigEntry(name.asText(), null), AlterConfigOp.OpType.DELETE));
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, Json.text(request, "topic"));
    return clients.admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
  }

  Object deleteRecords(JsonNode request) throws Exception {
    TopicPartition partition = new TopicPartition(Json.text(request, "topic"), request.get("partition").asInt());
    RecordsToDelete before = RecordsToDelete.beforeOffset(request.get("before").asLong());
    return clients.admin.deleteRecords(Map.of(partition, before)).all().get();
  }

  Object endOffsets(JsonNode request) throws Exception {
    List<TopicPartition> partitions = clients.partitionsOf(Json.text(request, "topic"));
    List<Object> answer = new ArrayList<>();
    boolean isCommitted = request.path("isolation").asText().equals("read_committed");
    var ends = new ListOffsetsOptions(isCommitted ? IsolationLevel.READ_COMMITTED : IsolationLevel.READ_UNCOMMITTED);
    var earliest = clients.admin.listOffsets(specs(partitions, OffsetSpec.earliest())).all().get();
    var latest = clients.admin.listOffsets(specs(partitions, OffsetSpec.latest()), ends).all().get();
    for (TopicPartition partition : partitions)
      answer.add(Map.of("partition", partition.partition(), "beginning", earliest.get(partition).offset(),
          "end", latest.get(partition).offset()));
    return answer;
  }

  Object deleteTopic(JsonNode request) throws Exception {
    return clients.admin.deleteTopics(List.of(Json.text(request, "topic"))).all().get();
  }

  static Map<TopicPartition, OffsetSpec> specs(List<TopicPartition> partitions, OffsetSpec spec) {
    Map<TopicPartition, OffsetSpec> specs = new HashMap<>();
    for (TopicPartition partition : partitions) specs.put(partition, spec);
    return specs;
  }
}
