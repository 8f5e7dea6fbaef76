import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/** Reading: whole records, or a digest of them. */
final class Reading {
  /** Records in one answer; more belong into a digest. */
  private static final int MAX_RECORDS_READ = 200_000;
  private final Clients clients;

  Reading(Clients clients) {
    this.clients = clients;
  }

  /** The requests it answers, by name. */
  Map<String, OutsideClient.Operation> operations() {
    return Map.of(
        "read", this::read,
        "digest", this::digest);
  }

  interface Sink { boolean take(ConsumerRecord<byte[], byte[]> record) throws Exception; }

  Object read(JsonNode request) throws Exception {
    int limit = request.path("maxRecords").asInt(MAX_RECORDS_READ);
    ArrayNode records = Json.MAPPER.createArrayNode();
    readToEnd(request, record -> {
      if (records.size() >= MAX_RECORDS_READ) throw new IllegalStateException("more than " + MAX_RECORDS_READ + " records: use digest");
      records.add(recordNode(record));
      return records.size() < limit;
    });
    return records;
  }

  Object digest(JsonNode request) throws Exception {
    Map<Integer, PartitionDigest> digests = new TreeMap<>();
    for (TopicPartition partition : clients.partitionsOf(Json.text(request, "topic")))
      digests.put(partition.partition(), new PartitionDigest(partition.partition()));
    readToEnd(request, record -> {
      digests.get(record.partition()).add(record);
      return true;
    });
    return digests.values().stream().map(PartitionDigest::answer).toList();
  }

  /** Hands over every record up to the present end (read_committed: the last stable offset), or until the sink has enough. */
  void readToEnd(JsonNode request, Sink sink) throws Exception {
    try (var consumer = clients.consumer(request)) {
      List<TopicPartition> partitions = wantedPartitions(request);
      consumer.assign(partitions);
      seek(consumer, partitions, request.path("from"));
      Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions, Clients.PATIENCE));
      Duration patience = Duration.ofMillis(request.path("timeoutMs").asLong(Clients.PATIENCE.toMillis()));
      long deadline = System.nanoTime() + patience.toNanos();
      while (true) {
        // Positions also pass transaction markers and compacted gaps, which no record would tell of.
        ends.entrySet().removeIf(end -> consumer.position(end.getKey(), Clients.PATIENCE) >= end.getValue());
        if (ends.isEmpty()) return;
        if (System.nanoTime() > deadline) throw new TimeoutException("not read within " + patience + ": " + ends);
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100)))
          if (!sink.take(record)) return;
      }
    }
  }

  List<TopicPartition> wantedPartitions(JsonNode request) throws Exception {
    String topic = Json.text(request, "topic");
    if (!request.hasNonNull("partitions")) return clients.partitionsOf(topic);
    List<TopicPartition> partitions = new ArrayList<>();
    for (JsonNode partition : request.get("partitions")) partitions.add(new TopicPartition(topic, partition.asInt()));
    return partitions;
  }

  static void seek(Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions, JsonNode from) {
    consumer.seekToBeginning(partitions);
    for (TopicPartition partition : partitions) {
      JsonNode offset = from.path(String.valueOf(partition.partition()));
      if (offset.isNumber()) consumer.seek(partition, offset.asLong());
    }
  }

  static ObjectNode recordNode(ConsumerRecord<byte[], byte[]> record) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("partition", record.partition()).put("offset", record.offset()).put("timestamp", record.timestamp());
    node.put("timestampType", record.timestampType().name).put("key", Json.base64(record.key())).put("value", Json.base64(record.value()));
    ArrayNode headers = node.putArray("headers");
    for (Header header : record.headers()) headers.addArray().add(header.key()).add(Json.base64(header.value()));
    return node;
  }
}
