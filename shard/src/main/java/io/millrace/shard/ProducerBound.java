package io.millrace.shard;

import java.util.Arrays;
import java.util.Collection;

/**
 * How many idempotent producers the logs of a shard remember together, and which are forgotten when
 * there are too many: those that appended nothing for longest. One producer counts in each log that
 * it appended to, and takes some 400 bytes there.
 *
 * <p>Decided when a batch is sequenced whose producer is new to its log, and written in that entry;
 * never when an entry is applied. An eighth of the bound goes at a time, so that the look at all
 * producers which finds them is rare. Producers with batches on their way to the journal cannot be
 * forgotten, so there are more than the bound by as many as fit into the entries under way.
 *
 * <p>Belongs to the shard's thread.
 */
final class ProducerBound {

  private static final int PART = 8;

  private final int most;
  private int count;
  private long decideAt;

  ProducerBound(int most) {
    this.most = most;
    this.decideAt = most;
  }

  void added() {
    count++;
  }

  void removed(int producers) {
    count -= producers;
  }

  /** Something was forgotten: what was decided has been applied. */
  void applied() {
    decideAt = most;
  }

  /** Whether some must be forgotten before another is remembered. */
  boolean isReached() {
    return count >= decideAt;
  }

  /**
   * Decides.
   *
   * @return producers that appended nothing since then, in ms, are to be forgotten
   */
  long forgetBefore(Collection<ShardLog> logs) {
    int part = Math.max(1, most / PART);
    // Until it is applied, the same need not be decided with each batch.
    decideAt = (long) count + part;
    long[] lastMs = new long[count];
    int found = 0;
    for (ShardLog log : logs) {
      for (ProducerState producer : log.producers()) {
        if (producer.isOlderThan(Long.MAX_VALUE) && found < count) {
          lastMs[found++] = producer.lastMs();
        }
      }
    }
    int wanted = Math.min(found, count - most + part);
    Arrays.sort(lastMs, 0, found);
    return wanted <= 0 ? Long.MIN_VALUE : lastMs[wanted - 1] + 1;
  }
}
