package io.millrace.log;

import java.io.IOException;

/**
 * How long records are kept. Whole segments go, the oldest first.
 *
 * <p>By age a segment goes when its largest timestamp is older than the limit, and everything
 * before it is; one whose records have no timestamp goes with the next one that has. That holds for
 * the segment that is appended to as well, as in Kafka: a log into which nothing came for so long
 * is empty then. By size rolled segments go as long as the rest is at least as large as the limit.
 *
 * @param ageMsMax {@code retention.ms}; -1 for ever
 * @param bytesMax {@code retention.bytes}; -1 for no limit
 */
public record Retention(long ageMsMax, long bytesMax) {

  /** Everything is kept. */
  public static final Retention NONE = new Retention(-1, -1);

  /**
   * Where the log should start. Numbers in memory tell of most logs that nothing is to be trimmed;
   * files are looked at only when something may be.
   *
   * @param nowMs the time by the clock that records are dated with
   * @return at least the start that it has, at most its end; to be decided by the shard's sequencer
   */
  public long startOffset(PartitionLog log, long nowMs) throws IOException {
    if (!isOverSize(log) && !isOverAge(log, nowMs)) {
      return log.startOffset();
    }
    return log.look(all -> {
      long end = log.endOffset();
      int gone = Math.max(countOverSize(log, all), countOverAge(all, nowMs));
      long start = gone == 0 ? 0 : gone == all.length ? end : all[gone].baseOffset();
      return Math.max(start, log.startOffset());
    });
  }

  private boolean isOverSize(PartitionLog log) {
    return bytesMax >= 0 && log.sizeInBytes() > bytesMax;
  }

  private boolean isOverAge(PartitionLog log, long nowMs) {
    if (ageMsMax < 0 || log.startOffset() == log.endOffset()) {
      return false;
    }
    if (log.oldestMs() != Long.MAX_VALUE) {
      return isExpired(log.oldestMs(), nowMs) || log.oldestMs() < 0;
    }
    // One segment, whose timestamps are in its indexes: not read before they can matter.
    return log.isOpen() || isExpired(log.activeCreatedMs(), nowMs);
  }

  private boolean isExpired(long timestamp, long nowMs) {
    return nowMs - timestamp > ageMsMax;
  }

  private int countOverSize(PartitionLog log, Segment[] all) {
    if (bytesMax < 0) {
      return 0;
    }
    long excess = log.sizeInBytes() - bytesMax;
    int count = 0;
    while (count + 1 < all.length && excess >= all[count].bytes()) {
      excess -= all[count].bytes();
      count++;
    }
    return count;
  }

  private int countOverAge(Segment[] all, long nowMs) throws IOException {
    int count = 0;
    for (int i = 0; ageMsMax >= 0 && i < all.length; i++) {
      long timestamp = all[i].maxTimestamp();
      if (timestamp >= 0 && !isExpired(timestamp, nowMs)) {
        break;
      }
      if (timestamp >= 0) {
        count = i + 1;
      }
    }
    return count;
  }
}
