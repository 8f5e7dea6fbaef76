import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Values that look like text to a compressor, the same for the same seed: slices of one pool of random words. */
final class LoadValues {
  static final int POOL_BYTES = 1 << 20;
  final byte[] pool = new byte[POOL_BYTES];
  final long seed;
  final int size;

  LoadValues(long seed, int size) {
    this.seed = seed;
    this.size = size;
    SplittableRandom random = new SplittableRandom(seed);
    String[] words = new String[2000];
    for (int i = 0; i < words.length; i++) words[i] = Long.toString(random.nextLong(1L << 40), 36);
    for (int at = 0; at < POOL_BYTES; )
      for (byte letter : (words[random.nextInt(words.length)] + " ").getBytes(StandardCharsets.US_ASCII))
        if (at < POOL_BYTES) pool[at++] = letter;
  }

  byte[] of(int partition, long sequence) {
    byte[] value = new byte[size];
    byte[] label = (partition + ":" + sequence + ":").getBytes(StandardCharsets.US_ASCII);
    int start = new SplittableRandom(seed * 31 + partition * 1_000_003L + sequence).nextInt(POOL_BYTES);
    for (int at = 0; at < size; ) {
      int length = Math.min(size - at, POOL_BYTES - start);
      System.arraycopy(pool, start, value, at, length);
      at += length;
      start = 0;
    }
    System.arraycopy(label, 0, value, 0, Math.min(label.length, size));
    return value;
  }
}
