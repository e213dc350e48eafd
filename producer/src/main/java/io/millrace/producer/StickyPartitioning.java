package io.millrace.producer;

import io.millrace.record.Header;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs of messages to one partition after the other, so that batches fill.
 *
 * <p>A run ends when its time is over or its bytes are used up, whichever is first. Partitions come
 * in rounds, each round in an order of its own: over a round each gets one run, so that they get
 * the same however fast messages come. Left out of a round is a partition that has no leader while
 * another has, and, if adaptive, one whose queue is much longer than the shortest.
 *
 * <p>Any thread may choose. The bytes of a run are counted without a lock: when threads meet, a run
 * may become a little longer.
 *
 * @see <a href="https://cwiki.apache.org/confluence/x/8gxMCw">KIP-794</a>
 */
final class StickyPartitioning implements Partitioning {

  /** What a record takes beside its key and value, about. */
  private static final int RECORD_BYTES = 16;

  private final long runNanos;
  private final int runBytes;
  private final int messageBytesMin;
  private final boolean adaptive;
  private volatile Run run = new Run(-1, false, 0, 0);

  // Under the lock.
  private int[] round = {};
  private int next;

  private static final class Run {
    final int partition;

    /** Whether it was chosen though it has no leader, because none has. */
    final boolean leaderless;

    final long untilNanos;
    int bytesLeft;

    Run(int partition, boolean leaderless, long untilNanos, int bytes) {
      this.partition = partition;
      this.leaderless = leaderless;
      this.untilNanos = untilNanos;
      this.bytesLeft = bytes;
    }
  }

  /**
   * @param runNanos how long a run may be
   * @param batchBytes how large a batch may become; a run is a quarter of it
   * @param batchMessages how many messages a batch may have
   */
  StickyPartitioning(long runNanos, int batchBytes, int batchMessages, boolean adaptive) {
    this.runNanos = runNanos;
    this.runBytes = Math.max(1, batchBytes / 4);
    this.messageBytesMin = Math.max(1, batchBytes / Math.max(1, batchMessages));
    this.adaptive = adaptive;
  }

  @Override
  public int choose(
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      PartitionQueue[] queues,
      long nowNanos) {
    int size = RECORD_BYTES + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
    Run now = run;
    if (!goesOn(now, queues, nowNanos)) {
      now = begin(now, queues, nowNanos);
    }
    now.bytesLeft -= Math.max(messageBytesMin, size);
    return now.partition;
  }

  private static boolean goesOn(Run run, PartitionQueue[] queues, long nowNanos) {
    return run.bytesLeft > 0
        && run.partition < queues.length
        && run.untilNanos - nowNanos > 0
        && (run.leaderless || queues[run.partition].leader >= 0);
  }

  private synchronized Run begin(Run ended, PartitionQueue[] queues, long nowNanos) {
    Run now = run;
    if (now != ended && now.partition < queues.length) {
      return now;
    }
    int partition = pick(queues);
    now = new Run(partition, queues[partition].leader < 0, nowNanos + runNanos, runBytes);
    run = now;
    return now;
  }

  private int pick(PartitionQueue[] queues) {
    if (round.length != queues.length) {
      round = new int[queues.length];
      for (int i = 0; i < round.length; i++) {
        round[i] = i;
      }
      next = round.length;
    }
    long longest = adaptive ? longestToUse(queues) : Long.MAX_VALUE;
    for (int tries = 2 * round.length; tries > 0; tries--) {
      int partition = nextInRound();
      PartitionQueue queue = queues[partition];
      if (queue.leader >= 0 && (longest == Long.MAX_VALUE || queue.bytes() <= longest)) {
        return partition;
      }
    }
    return nextInRound();
  }

  private int nextInRound() {
    if (next == round.length) {
      next = 0;
      for (int i = round.length - 1; i > 0; i--) {
        int other = Chance.SYSTEM.below(i + 1);
        int swapped = round[i];
        round[i] = round[other];
        round[other] = swapped;
      }
    }
    return round[next++];
  }

  /** Twice what waits in the shortest queue, and a batch. */
  private long longestToUse(PartitionQueue[] queues) {
    long shortest = Long.MAX_VALUE;
    for (PartitionQueue queue : queues) {
      if (queue.leader >= 0) {
        shortest = Math.min(shortest, queue.bytes());
      }
    }
    return shortest == Long.MAX_VALUE ? Long.MAX_VALUE : 2 * shortest + 4L * runBytes;
  }
}
