import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * SHA-256 over a partition's records in order. Of each: timestamp (int64), key, value, number of headers (int32), and each
 * header's key and value; every byte string with its length (int32) in front, null as length -1. Offsets are not part of it.
 */
final class PartitionDigest {
  final int partition;
  final MessageDigest sha256;
  final ByteBuffer number = ByteBuffer.allocate(8);
  long records;
  Long firstOffset;
  Long lastOffset;

  PartitionDigest(int partition) {
    this.partition = partition;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }

  void add(ConsumerRecord<byte[], byte[]> record) {
    records++;
    if (firstOffset == null) firstOffset = record.offset();
    lastOffset = record.offset();
    sha256.update(number.clear().putLong(record.timestamp()).flip());
    addBytes(record.key());
    addBytes(record.value());
    Header[] headers = record.headers().toArray();
    addInt(headers.length);
    for (Header header : headers) {
      addBytes(header.key().getBytes(StandardCharsets.UTF_8));
      addBytes(header.value());
    }
  }

  void addBytes(byte[] bytes) {
    addInt(bytes == null ? -1 : bytes.length);
    if (bytes != null) sha256.update(bytes);
  }

  void addInt(int value) { sha256.update(number.clear().putInt(value).flip()); }

  Map<String, Object> answer() {
    Map<String, Object> answer = new HashMap<>();
    answer.put("partition", partition);
    answer.put("records", records);
    answer.put("firstOffset", firstOffset);
    answer.put("lastOffset", lastOffset);
    answer.put("sha256", HexFormat.of().formatHex(sha256.digest()));
    return answer;
  }
}
