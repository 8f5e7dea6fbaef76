import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The Java clients with the settings that a request asks for. */
final class Clients {
  /** Bound of every wait on the cluster that has no time of its own in the request. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  final Admin admin;
  private final Map<String, Object> clientConfig;

  Clients(Map<String, String> clientConfig) {
    this.clientConfig = Map.copyOf(clientConfig);
    this.admin = Admin.create(this.clientConfig);
  }

  KafkaProducer<byte[], byte[]> producer(JsonNode request, String transactionalId) {
    Map<String, Object> config = new HashMap<>(clientConfig);
    if (request.hasNonNull("bootstrap")) config.put("bootstrap.servers", Json.text(request, "bootstrap"));
    config.put("compression.type", request.path("compression").asText("none"));
    config.put("batch.size", request.path("batchSize").asInt(16_384));
    config.put("linger.ms", request.path("lingerMs").asInt(0));
    // A batch larger than the default of 1 MiB for a request would be refused here, before the broker sees it.
    config.put("max.request.size", 64 << 20);
    config.put("buffer.memory", 96L << 20);
    config.put("enable.idempotence", request.path("idempotent").asBoolean(true));
    if (transactionalId != null) config.put("transactional.id", transactionalId);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  KafkaConsumer<byte[], byte[]> consumer(JsonNode request) {
    Map<String, Object> config = consumerConfig(request);
    // A wrong offset should be an error, not a silent jump.
    config.put("auto.offset.reset", "none");
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** A consumer that can join the request's group, by the classic protocol unless the request names the one of KIP-848. */
  KafkaConsumer<byte[], byte[]> member(JsonNode request) {
    Map<String, Object> config = consumerConfig(request);
    config.put("group.id", Json.text(request, "group"));
    config.put("group.protocol", request.path("protocol").asText("classic"));
    config.put("auto.offset.reset", request.path("autoOffsetReset").asText("earliest"));
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private Map<String, Object> consumerConfig(JsonNode request) {
    Map<String, Object> config = new HashMap<>(clientConfig);
    if (request.hasNonNull("bootstrap")) config.put("bootstrap.servers", Json.text(request, "bootstrap"));
    config.put("isolation.level", request.path("isolation").asText("read_committed"));
    config.put("enable.auto.commit", false);
    config.put("max.poll.records", 5_000);
    config.put("fetch.max.wait.ms", 100);
    return config;
  }

  List<TopicPartition> partitionsOf(String topic) throws Exception {
    return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().stream()
        .map(one -> new TopicPartition(topic, one.partition())).toList();
  }
}
