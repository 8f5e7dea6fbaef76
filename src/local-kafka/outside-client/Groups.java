import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Groups from outside: their list, their end, and offsets that no member commits. */
final class Groups {
  /** Enough to keep a coordinator busy; each waits in the Admin client, whose patience runs from when it is asked. */
  private static final int COMMITS_IN_FLIGHT = 500;
  private final Clients clients;

  Groups(Clients clients) {
    this.clients = clients;
  }

  /** The requests it answers, by name. */
  Map<String, OutsideClient.Operation> operations() {
    return Map.of(
        "listGroups", request -> listGroups(),
        "deleteGroup", this::deleteGroup,
        "deleteGroupOffsets", this::deleteGroupOffsets,
        "commitOffsets", this::commitOffsets,
        "commitManyGroups", this::commitManyGroups,
        "groupOffsets", this::groupOffsets);
  }

  Object listGroups() throws Exception {
    List<Object> answer = new ArrayList<>();
    for (GroupListing group : clients.admin.listGroups().all().get())
      answer.add(Json.MAPPER.createObjectNode().put("group", group.groupId())
          .put("state", group.groupState().map(Object::toString).orElse(null))
          .put("type", group.type().map(Object::toString).orElse(null)));
    return answer;
  }

  Object deleteGroup(JsonNode request) throws Exception {
    return clients.admin.deleteConsumerGroups(List.of(Json.text(request, "group"))).all().get();
  }

  Object deleteGroupOffsets(JsonNode request) throws Exception {
    return clients.admin.deleteConsumerGroupOffsets(Json.text(request, "group"), Set.of(partition(request))).all().get();
  }

  Object commitOffsets(JsonNode request) throws Exception {
    return commit(Json.text(request, "group"), offsets(request)).get();
  }

  Object commitManyGroups(JsonNode request) throws Exception {
    String prefix = Json.text(request, "prefix");
    Map<TopicPartition, OffsetAndMetadata> offsets = offsets(request);
    Deque<KafkaFuture<Void>> inFlight = new ArrayDeque<>();
    for (int n = 0; n < request.get("count").asInt(); n++) {
      if (inFlight.size() == COMMITS_IN_FLIGHT) await(inFlight.remove());
      inFlight.add(commit(prefix + n, offsets));
    }
    for (KafkaFuture<Void> commit : inFlight) await(commit);
    return null;
  }

  Object groupOffsets(JsonNode request) throws Exception {
    List<Object> answer = new ArrayList<>();
    clients.admin.listConsumerGroupOffsets(Json.text(request, "group")).partitionsToOffsetAndMetadata().get().forEach((partition, offset) ->
        answer.add(Map.of("topic", partition.topic(), "partition", partition.partition(), "offset", offset.offset(),
            "metadata", offset.metadata())));
    return answer;
  }

  /** The request's list of offsets. */
  static Map<TopicPartition, OffsetAndMetadata> offsets(JsonNode request) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (JsonNode one : Json.list(request, "offsets"))
      offsets.put(partition(one), new OffsetAndMetadata(one.get("offset").asLong(), one.path("metadata").asText("")));
    return offsets;
  }

  private KafkaFuture<Void> commit(String group, Map<TopicPartition, OffsetAndMetadata> offsets) {
    return clients.admin.alterConsumerGroupOffsets(group, offsets).all();
  }

  private static void await(KafkaFuture<Void> commit) throws Exception {
    commit.get(Clients.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static TopicPartition partition(JsonNode node) {
    return new TopicPartition(Json.text(node, "topic"), node.get("partition").asInt());
  }
}
