package io.millrace.cli;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Which keys come most often, in bounded memory: exact as long as all keys fit, then with an error
 * that is known.
 *
 * <p>Where there is no room for a new key, the ones counted least make place and are forgotten. The
 * new one begins with what the largest of all forgotten had, for it may be one of them. A count is
 * therefore never too low, and never too high by more than {@link #error}; a key that came more
 * often than that is held.
 *
 * <p>Not thread safe.
 *
 * @see <a href="https://doi.org/10.1007/978-3-540-30570-5_27">Metwally, Agrawal, El Abbadi:
 *     Efficient computation of frequent and top-k elements in data streams (space-saving)</a>
 */
final class HotKeys {

  private final int keysMax;
  private final long bytesMax;
  private final Map<Bytes, Held> held = new HashMap<>();

  /** By the count that each had when it was put here, which may have grown since. */
  private final PriorityQueue<Held> least =
      new PriorityQueue<>(Comparator.comparingLong((Held one) -> one.queuedCount));

  private long bytes;
  private long error;

  private record Bytes(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Bytes that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  private static final class Held {
    final Bytes key;
    final long error;
    long count;
    long queuedCount;

    Held(Bytes key, long error) {
      this.key = key;
      this.error = error;
      this.count = error;
    }
  }

  /**
   * A key and how often it came.
   *
   * @param count at most so often
   * @param error it may be so much less
   */
  record Hot(byte[] key, long count, long error) {

    /** Whether most of the count is certain: what came in at the end and rarely is not. */
    boolean isCertain() {
      return count >= 2 * error;
    }
  }

  /**
   * @param keysMax how many keys are held at most, at least 1
   * @param bytesMax how many bytes they may have together; a single key may have more
   */
  HotKeys(int keysMax, long bytesMax) {
    this.keysMax = keysMax;
    this.bytesMax = bytesMax;
  }

  /** Counts a key once more. It must not be changed afterwards. */
  void add(byte[] key) {
    Bytes as = new Bytes(key);
    Held one = held.get(as);
    if (one != null) {
      one.count++;
      return;
    }
    while (!held.isEmpty() && (held.size() >= keysMax || bytes + key.length > bytesMax)) {
      forgetLeast();
    }
    one = new Held(as, error);
    one.count++;
    one.queuedCount = one.count;
    held.put(as, one);
    least.add(one);
    bytes += key.length;
  }

  private void forgetLeast() {
    while (true) {
      Held one = least.remove();
      if (one.count == one.queuedCount) {
        held.remove(one.key);
        bytes -= one.key.bytes.length;
        error = Math.max(error, one.count);
        return;
      }
      one.queuedCount = one.count;
      least.add(one);
    }
  }

  /** How much too high a count is at most; 0 as long as all keys fit. */
  long error() {
    return error;
  }

  /** How many keys are held: all there are, if {@link #error} is 0. */
  int size() {
    return held.size();
  }

  /** Those that came most often, that first; keys that came as often in their bytes' order. */
  List<Hot> top(int count) {
    return held.values().stream()
        .map(one -> new Hot(one.key.bytes, one.count, one.error))
        .sorted(
            Comparator.comparingLong(Hot::count)
                .reversed()
                .thenComparing(Hot::key, Arrays::compareUnsigned))
        .limit(count)
        .toList();
  }
}
