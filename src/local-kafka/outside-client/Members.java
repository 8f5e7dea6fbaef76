import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/** Real members of groups: an application that reads once and leaves, or one that stays. */
final class Members {
  private final Map<String, LiveMember> live = new ConcurrentHashMap<>();
  private final Clients clients;

  Members(Clients clients) {
    this.clients = clients;
  }

  /** The requests it answers, by name. */
  Map<String, OutsideClient.Operation> operations() {
    return Map.of("consume", this::consume, "startMember", this::startMember, "stopMember", this::stopMember);
  }

  Object consume(JsonNode request) throws Exception {
    int limit = request.path("maxRecords").asInt(Integer.MAX_VALUE);
    long deadline = System.nanoTime() + Duration.ofMillis(request.get("timeoutMs").asLong()).toNanos();
    Set<TopicPartition> wanted = wantedPartitions(request);
    ArrayNode records = Json.MAPPER.createArrayNode();
    try (var consumer = clients.member(request)) {
      consumer.subscribe(topics(request));
      Map<TopicPartition, Long> ends = Map.of();
      while (records.size() < limit && !hasReached(consumer, ends)) {
        if (System.nanoTime() > deadline)
          throw new TimeoutException("not consumed in time: " + records.size() + " records read of " + consumer.assignment());
        take(consumer.poll(Duration.ofMillis(100)), records, limit, consumer);
        // Only with all of them: a member is given its partitions in steps, and its first ones may be empty.
        if (ends.isEmpty() && consumer.assignment().equals(wanted)) ends = consumer.endOffsets(wanted, Clients.PATIENCE);
      }
      if (request.path("commit").asBoolean(true)) consumer.commitSync(Clients.PATIENCE);
    }
    return records;
  }

  /** Positions, since they also pass transaction markers and compacted gaps, which no record would tell of. */
  private static boolean hasReached(Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    return !ends.isEmpty()
        && ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey(), Clients.PATIENCE) >= end.getValue());
  }

  /** Takes what is still wanted of a poll and goes back to before the rest, so that a commit speaks of what was taken only. */
  private static void take(ConsumerRecords<byte[], byte[]> polled, ArrayNode records, int limit, Consumer<byte[], byte[]> consumer) {
    for (TopicPartition partition : polled.partitions())
      for (ConsumerRecord<byte[], byte[]> record : polled.records(partition)) {
        if (records.size() == limit) {
          consumer.seek(partition, record.offset());
          break;
        }
        LiveMember.add(records, record);
      }
  }

  Object startMember(JsonNode request) throws Exception {
    String group = Json.text(request, "group");
    if (live.containsKey(group)) throw new IllegalStateException(group + " has a member here already");
    LiveMember member = new LiveMember(clients.member(request), topics(request), request.path("commit").asBoolean(false));
    live.put(group, member);
    member.start();
    try {
      return member.untilAssigned().stream()
          .map(partition -> Map.of("topic", partition.topic(), "partition", partition.partition())).toList();
    } catch (Exception error) {
      live.remove(group);
      member.stop();
      throw error;
    }
  }

  Object stopMember(JsonNode request) throws Exception {
    String group = Json.text(request, "group");
    LiveMember member = live.remove(group);
    if (member == null) throw new IllegalStateException(group + " has no member here");
    return member.stop();
  }

  private Set<TopicPartition> wantedPartitions(JsonNode request) throws Exception {
    Set<TopicPartition> partitions = new HashSet<>();
    for (String topic : topics(request)) partitions.addAll(clients.partitionsOf(topic));
    return partitions;
  }

  private static List<String> topics(JsonNode request) {
    List<String> topics = new ArrayList<>();
    for (JsonNode topic : Json.list(request, "topics")) topics.add(topic.asText());
    return topics;
  }
}
