import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/** Producing: given records, transactions, and loads. */
final class Writing {
  /** Producers whose transaction was left open, by transactional id. */
  private final Map<String, KafkaProducer<byte[], byte[]>> openTransactions = new ConcurrentHashMap<>();
  /** Topics whose load is to end early. */
  private final Set<String> ending = ConcurrentHashMap.newKeySet();
  private final Clients clients;

  Writing(Clients clients) {
    this.clients = clients;
  }

  /** The requests it answers, by name. */
  Map<String, OutsideClient.Operation> operations() {
    return Map.of(
        "produce", this::produce,
        "commitOffsetsInTransaction", this::commitOffsetsInTransaction,
        "endTransaction", this::endTransaction,
        "produceTransactions", this::produceTransactions,
        "load", this::load,
        "endLoad", request -> ending.add(Json.text(request, "topic")));
  }

  Object produce(JsonNode request) throws Exception {
    JsonNode transaction = request.path("transactional");
    if (!transaction.isObject()) {
      try (var producer = clients.producer(request, null)) { return send(producer, request); }
    }
    String id = Json.text(transaction, "id");
    List<Object> offsets = send(begin(request, id), request);
    end(id, Json.text(transaction, "outcome"));
    return offsets;
  }

  Object produceTransactions(JsonNode request) throws Exception {
    String topic = Json.text(request, "topic");
    try (var producer = clients.producer(request, Json.text(request, "transactionalId"))) {
      producer.initTransactions();
      for (JsonNode transaction : Json.list(request, "transactions")) {
        producer.beginTransaction();
        for (JsonNode record : Json.list(transaction, "records")) producer.send(producerRecord(topic, record));
        // An aborted record that was never sent would leave nothing on the log.
        producer.flush();
        if (Json.text(transaction, "outcome").equals("commit")) producer.commitTransaction();
        else producer.abortTransaction();
      }
    }
    return null;
  }

  /** Offsets as a copying application commits them with its results: pending in the group until the transaction ends. */
  // There is no other way to name a group without being its member.
  @SuppressWarnings("removal")
  Object commitOffsetsInTransaction(JsonNode request) {
    String id = Json.text(request, "transactionalId");
    begin(request, id).sendOffsetsToTransaction(Groups.offsets(request), new ConsumerGroupMetadata(Json.text(request, "group")));
    end(id, Json.text(request, "outcome"));
    return null;
  }

  private KafkaProducer<byte[], byte[]> begin(JsonNode request, String transactionalId) {
    KafkaProducer<byte[], byte[]> producer = clients.producer(request, transactionalId);
    producer.initTransactions();
    producer.beginTransaction();
    openTransactions.put(transactionalId, producer);
    return producer;
  }

  Object endTransaction(JsonNode request) {
    end(Json.text(request, "transactionalId"), Json.text(request, "outcome"));
    return null;
  }

  void end(String transactionalId, String outcome) {
    if (outcome.equals("leaveOpen")) return;
    try (var producer = openTransactions.remove(transactionalId)) {
      if (producer == null) throw new IllegalStateException("no open transaction of " + transactionalId);
      if (outcome.equals("commit")) producer.commitTransaction();
      else if (outcome.equals("abort")) producer.abortTransaction();
      else throw new IllegalArgumentException("outcome " + outcome);
    }
  }

  List<Object> send(KafkaProducer<byte[], byte[]> producer, JsonNode request) throws Exception {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (JsonNode record : Json.list(request, "records")) sent.add(producer.send(producerRecord(Json.text(request, "topic"), record)));
    producer.flush();
    List<Object> offsets = new ArrayList<>();
    for (Future<RecordMetadata> one : sent)
      offsets.add(Map.of("partition", one.get().partition(), "offset", one.get().offset()));
    return offsets;
  }

  ProducerRecord<byte[], byte[]> producerRecord(String topic, JsonNode record) throws Exception {
    List<Header> headers = new ArrayList<>();
    for (JsonNode header : Json.list(record, "headers")) headers.add(new RecordHeader(header.get(0).asText(), Json.bytes(header.get(1))));
    Integer partition = record.hasNonNull("partition") ? record.get("partition").asInt() : null;
    Long timestamp = record.hasNonNull("timestamp") ? record.get("timestamp").asLong() : null;
    return new ProducerRecord<>(topic, partition, timestamp, Json.bytes(record.get("key")), Json.bytes(record.get("value")), headers);
  }

  /** Record n goes to partition n modulo partitions; its value begins with "partition:sequence:" and depends on the seed. */
  Object load(JsonNode request) throws Exception {
    String topic = Json.text(request, "topic");
    int partitions = request.get("partitions").asInt();
    long records = request.get("records").asLong();
    double ratePerSecond = request.path("ratePerSecond").asDouble(0);
    LoadValues values = new LoadValues(request.path("seed").asLong(1), request.get("recordSize").asInt());
    AtomicReference<Exception> failure = new AtomicReference<>();
    long start = System.nanoTime();
    long n = 0;
    try (var producer = clients.producer(request, null)) {
      for (; n < records && failure.get() == null && !ending.remove(topic); n++) {
        if (ratePerSecond > 0) Latency.waitUntil(start + (long) (n * 1e9 / ratePerSecond));
        int partition = (int) (n % partitions);
        byte[] value = values.of(partition, n / partitions);
        producer.send(new ProducerRecord<>(topic, partition, null, value), (sent, error) -> {
          if (error != null) failure.compareAndSet(null, error);
        });
      }
      producer.flush();
    }
    if (failure.get() != null) throw failure.get();
    double seconds = (System.nanoTime() - start) / 1e9;
    return Map.of("records", n, "seconds", seconds, "recordsPerSecond", n / seconds);
  }
}
