import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Writes to the source at a steady rate and reads from the target; one JVM, so both ends share one nanoTime. */
final class Latency {
  static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(15);
  final Clients clients;
  final JsonNode request;
  final int partitions;
  final long rate;
  final long warmupRecords;
  final long totalRecords;
  final List<Long> nanos = new ArrayList<>();
  final AtomicLong received = new AtomicLong();
  final AtomicReference<Exception> failure = new AtomicReference<>();
  final CountDownLatch reading = new CountDownLatch(1);
  volatile long readUntil = Long.MAX_VALUE;

  Latency(Clients clients, JsonNode request) {
    this.clients = clients;
    this.request = request;
    partitions = request.get("partitions").asInt();
    rate = request.get("ratePerSecond").asLong();
    warmupRecords = rate * request.path("warmupSeconds").asLong(0);
    totalRecords = warmupRecords + rate * request.get("seconds").asLong();
  }

  Object measure() throws Exception {
    Thread reader = new Thread(this::readTarget, "latency-reader");
    reader.start();
    if (!reading.await(60, TimeUnit.SECONDS)) throw new TimeoutException("the target topic could not be read");
    if (failure.get() == null) writeSource();
    readUntil = System.nanoTime() + DRAIN_NANOS;
    reader.join(TimeUnit.NANOSECONDS.toMillis(DRAIN_NANOS) + 60_000);
    if (failure.get() != null) throw failure.get();
    return answer();
  }

  /** A value is the time it was due and its number; a late sender is thus part of the latency, not hidden by it. */
  void writeSource() throws Exception {
    int size = Math.max(16, request.get("recordSize").asInt());
    byte[] filler = new LoadValues(7, size).of(0, 0);
    try (var producer = clients.producer(withBootstrap("sourceBootstrap"), null)) {
      producer.partitionsFor(request.get("sourceTopic").asText());
      long start = System.nanoTime();
      for (long n = 0; n < totalRecords && failure.get() == null; n++) {
        long due = start + n * 1_000_000_000L / rate;
        waitUntil(due);
        byte[] value = filler.clone();
        ByteBuffer.wrap(value).putLong(due).putLong(n);
        producer.send(new ProducerRecord<>(request.get("sourceTopic").asText(), (int) (n % partitions), null, value), (sent, error) -> {
          if (error != null) failure.compareAndSet(null, error);
        });
      }
    }
  }

  void readTarget() {
    List<TopicPartition> assigned = new ArrayList<>();
    for (int p = 0; p < partitions; p++) assigned.add(new TopicPartition(request.get("targetTopic").asText(), p));
    try (var consumer = clients.consumer(withBootstrap("targetBootstrap"))) {
      consumer.assign(assigned);
      consumer.seekToEnd(assigned);
      for (TopicPartition partition : assigned) consumer.position(partition, Clients.PATIENCE);
      reading.countDown();
      while (received.get() < totalRecords && failure.get() == null && System.nanoTime() < readUntil)
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) take(record, System.nanoTime());
    } catch (Exception error) {
      failure.compareAndSet(null, error);
      reading.countDown();
    }
  }

  void take(ConsumerRecord<byte[], byte[]> record, long now) {
    ByteBuffer value = ByteBuffer.wrap(record.value());
    long due = value.getLong();
    received.incrementAndGet();
    if (value.getLong() >= warmupRecords) nanos.add(now - due);
  }

  Object answer() {
    Collections.sort(nanos);
    Map<String, Object> answer = new HashMap<>(Map.of("sent", totalRecords, "received", received.get()));
    answer.put("p50Ms", percentile(0.50));
    answer.put("p95Ms", percentile(0.95));
    answer.put("p99Ms", percentile(0.99));
    answer.put("maxMs", percentile(1));
    return answer;
  }

  Double percentile(double share) {
    if (nanos.isEmpty()) return null;
    return nanos.get(Math.max(0, (int) Math.ceil(share * nanos.size()) - 1)) / 1e6;
  }

  JsonNode withBootstrap(String field) {
    ObjectNode settings = request.deepCopy();
    return settings.put("bootstrap", Json.text(request, field));
  }

  static void waitUntil(long nanoTime) {
    for (long left; (left = nanoTime - System.nanoTime()) > 0; ) LockSupport.parkNanos(left);
  }
}
