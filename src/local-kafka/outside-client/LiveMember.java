import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;

/** A running application: a member of a group that reads on a thread of its own until it is told to stop. */
final class LiveMember {
  /** Records in one answer. */
  private static final int MAX_RECORDS = 200_000;
  private static final Duration COMMIT_INTERVAL = Duration.ofMillis(200);
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<String> topics;
  private final boolean commits;
  private final ArrayNode records = Json.MAPPER.createArrayNode();
  private final CompletableFuture<Set<TopicPartition>> assigned = new CompletableFuture<>();
  private final CompletableFuture<ArrayNode> ended = new CompletableFuture<>();
  private volatile boolean isStopped;

  LiveMember(KafkaConsumer<byte[], byte[]> consumer, List<String> topics, boolean commits) {
    this.consumer = consumer;
    this.topics = topics;
    this.commits = commits;
  }

  void start() { new Thread(this::run, "member").start(); }

  /** Waits until the group has given it partitions. */
  Set<TopicPartition> untilAssigned() throws Exception {
    return assigned.get(Clients.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Commits, if it does at all, leaves the group and answers all that it has read; throws what has ended it before. */
  ArrayNode stop() throws Exception {
    isStopped = true;
    try {
      return ended.get(Clients.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException error) {
      throw error.getCause() instanceof Exception cause ? cause : error;
    }
  }

  private void run() {
    try (consumer) {
      consumer.subscribe(topics);
      long nextCommit = System.nanoTime();
      while (!isStopped) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) add(records, record);
        if (!consumer.assignment().isEmpty()) assigned.complete(Set.copyOf(consumer.assignment()));
        if (!commits || System.nanoTime() < nextCommit) continue;
        commit();
        nextCommit = System.nanoTime() + COMMIT_INTERVAL.toNanos();
      }
      if (commits) consumer.commitSync(Clients.PATIENCE);
    } catch (Throwable error) {
      assigned.completeExceptionally(error);
      ended.completeExceptionally(error);
    }
    // Only now that it has left the group.
    ended.complete(records);
  }

  private void commit() {
    try {
      consumer.commitSync(Clients.PATIENCE);
    } catch (RebalanceInProgressException joining) {
      // The next poll joins again, and the next commit says as much as this one would have.
    }
  }

  static void add(ArrayNode records, ConsumerRecord<byte[], byte[]> record) {
    if (records.size() == MAX_RECORDS) throw new IllegalStateException("more than " + MAX_RECORDS + " records");
    ObjectNode node = records.addObject().put("topic", record.topic()).put("partition", record.partition());
    node.put("offset", record.offset()).put("key", Json.base64(record.key())).put("value", Json.base64(record.value()));
  }
}
